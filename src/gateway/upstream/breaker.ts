export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerLimits {
  /** Share of failed requests in the window that opens the breaker, above 0 and up to 1. */
  failureRate: number;
  /** With fewer requests in the window it stays closed. */
  minRequests: number;
  windowMs: number;
  /** How long it refuses everything. */
  openMs: number;
  /** Number of requests let through afterwards, all of which must succeed to close it. */
  probes: number;
}

/** A request that was let through; must be ended once. */
export interface Pass {
  /** @param outcome `unknown`: says nothing about the server, such as a client that left */
  end(outcome: Outcome, now: number): void;
}
export type Outcome = 'ok' | 'failed' | 'unknown';

const SLOTS = 10;

interface Slot {
  /** The tenth of a window that it counts, by number. */
  number: number;
  total: number;
  failed: number;
}

/**
 * Stops asking a server that fails: refuses all requests for a time, then lets a few through to find out. Times are milliseconds of
 * one clock, which must not go back.
 */
export class Breaker {
  readonly #limits: BreakerLimits;
  readonly #onChange: (state: BreakerState, now: number) => void;
  #state: BreakerState = 'closed';
  #openedAt = 0;
  /** Requests that were let through before the last change of state say nothing about the time after it. */
  #generation = 0;
  #slots: Slot[] = [];
  #probing = 0;
  #succeeded = 0;

  constructor(limits: BreakerLimits, onChange: (state: BreakerState, now: number) => void = () => {}) {
    this.#limits = limits;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether `enter` would let a request through. */
  allows(now: number): boolean {
    if (this.#state === 'open') return this.opensIn(now) === 0;
    return this.#state === 'closed' || this.#probing + this.#succeeded < this.#limits.probes;
  }

  /** Milliseconds until the next request may be let through, as far as it depends on time. */
  opensIn(now: number): number {
    return this.#state === 'open' ? Math.max(0, this.#openedAt + this.#limits.openMs - now) : 0;
  }

  /** Null if the request is refused. */
  enter(now: number): Pass | null {
    if (!this.allows(now)) return null;
    if (this.#state === 'open') this.#change('half_open', now);
    const generation = this.#generation;
    if (this.#state === 'half_open') this.#probing += 1;
    let isEnded = false;
    return {
      end: (outcome, at) => {
        if (isEnded || generation !== this.#generation) return;
        isEnded = true;
        if (this.#state === 'half_open') this.#endProbe(outcome, at);
        else if (outcome !== 'unknown') this.#count(outcome === 'failed', at);
      },
    };
  }

  #endProbe(outcome: Outcome, now: number): void {
    this.#probing -= 1;
    if (outcome === 'ok') this.#succeeded += 1;
    if (outcome === 'failed') this.#open(now);
    else if (this.#succeeded >= this.#limits.probes) this.#change('closed', now);
  }

  #count(isFailure: boolean, now: number): void {
    const { windowMs, minRequests, failureRate } = this.#limits;
    const number = Math.floor((now * SLOTS) / windowMs);
    this.#slots = this.#slots.filter((slot) => slot.number > number - SLOTS);
    let slot = this.#slots.find((each) => each.number === number);
    if (slot === undefined) {
      slot = { number, total: 0, failed: 0 };
      this.#slots.push(slot);
    }
    slot.total += 1;
    if (!isFailure) return;
    slot.failed += 1;
    const total = sum(this.#slots.map((each) => each.total));
    const failed = sum(this.#slots.map((each) => each.failed));
    if (total >= minRequests && failed / total >= failureRate) this.#open(now);
  }

  #open(now: number): void {
    this.#openedAt = now;
    this.#change('open', now);
  }

  #change(state: BreakerState, now: number): void {
    this.#state = state;
    this.#generation += 1;
    this.#slots = [];
    this.#probing = 0;
    this.#succeeded = 0;
    this.#onChange(state, now);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
