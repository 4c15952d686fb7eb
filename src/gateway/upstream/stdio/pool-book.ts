export interface PoolLimits {
  /** Number of children that are started before a session needs them. */
  minIdle: number;
  max: number;
  /** Time without requests. */
  idleMs: number;
  maxAgeMs: number;
  maxRequests: number;
  /** Requests of several clients that one child has at a time, before another is started. */
  perChild: number;
}

/** `spare`: nothing was sent to it; `shared`: it answers requests of any client without a session; `session`: it has one. */
export type Use = 'spare' | 'shared' | 'session';

/** The place of one child, from the decision to start it until it has ended. */
export interface Place<Child> {
  use: Use;
  child: Child;
  /** Requests in progress. */
  open: number;
  /** All requests so far. */
  requests: number;
  startedAt: number;
  usedAt: number;
  /** It gets no more requests, and is ended when it has none. */
  isDraining: boolean;
}

export interface Refused {
  /** `failing`: children end before they answer, so none is started for a while. */
  refused: 'full' | 'failing';
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/** Which child gets a request, when one is started, and when one is ended. Times are milliseconds of one clock. */
export class PoolBook<Child> {
  readonly #limits: PoolLimits;
  readonly #start: () => Child;
  readonly #places = new Set<Place<Child>>();
  /** Number of consecutive children that ended before they answered. */
  #failures = 0;
  #blockedUntil = 0;

  /** @param start begins to start a child */
  constructor(limits: PoolLimits, start: () => Child) {
    this.#limits = limits;
    this.#start = start;
  }

  get places(): ReadonlySet<Place<Child>> {
    return this.#places;
  }

  /** A child for a session, which nobody has used. */
  takeForSession(now: number): Place<Child> | Refused {
    const spare = this.#of('spare')[0];
    if (spare === undefined) return this.#startFor('session', now);
    spare.use = 'session';
    spare.usedAt = now;
    return spare;
  }

  /** If the pool is full, a shared child without requests that gives way to a session: it gets no more, and is to be ended. Null if none does. */
  giveWay(): Place<Child> | null {
    if (this.#places.size < this.#limits.max || this.#of('spare').length > 0) return null;
    const idle = this.#of('shared').filter(({ open }) => open === 0);
    const [unused = null] = idle.sort((one, other) => one.usedAt - other.usedAt);
    if (unused !== null) unused.isDraining = true;
    return unused;
  }

  /** A child for a request without a session: the least busy one, or a new one if all are busy. */
  takeForRequest(now: number): Place<Child> | Refused {
    const shared = this.#of('shared').sort((one, other) => one.open - other.open);
    for (const place of shared) place.isDraining ||= this.#isWorn(place, now);
    const best = shared.find(({ isDraining }) => !isDraining);
    if (best !== undefined && best.open < this.#limits.perChild) return best;
    // Also one that is too old: `keepUp` has not ended it yet, and starting another could be refused.
    const [spare] = this.#of('spare');
    if (spare !== undefined) {
      spare.use = 'shared';
      return spare;
    }
    const started = this.#startFor('shared', now);
    return 'refused' in started && best !== undefined ? best : started;
  }

  /** A request is sent to its child. */
  began(place: Place<Child>, now: number): void {
    place.open += 1;
    place.requests += 1;
    place.usedAt = now;
  }

  /** A request has ended. */
  finished(place: Place<Child>, now: number): void {
    place.open -= 1;
    place.usedAt = now;
  }

  /** A child has sent its first message, so the command works. */
  answered(): void {
    this.#failures = 0;
    this.#blockedUntil = 0;
  }

  /** @param isFailure it ended by itself, and never sent a message */
  ended(place: Place<Child>, isFailure: boolean, now: number): void {
    this.#places.delete(place);
    if (!isFailure) return;
    this.#failures += 1;
    // One failure proves nothing: a request may have made it crash.
    if (this.#failures === 1) return;
    this.#blockedUntil = now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 2));
  }

  /** Milliseconds until a child may be started. */
  failingFor(now: number): number {
    return Math.max(0, this.#blockedUntil - now);
  }

  /** The children to end now. Starts children if too few wait for a session. */
  keepUp(now: number): Place<Child>[] {
    const due = [...this.#places].filter((place) => {
      const { use, open, usedAt, isDraining } = place;
      if (use === 'session') return false;
      if (open > 0) return false;
      if (isDraining || this.#isWorn(place, now)) return true;
      return use === 'shared' && now - usedAt >= this.#limits.idleMs;
    });
    for (const place of due) place.isDraining = true;
    while (this.#of('spare').length < this.#limits.minIdle) {
      if ('refused' in this.#startFor('spare', now)) break;
    }
    return due;
  }

  #startFor(use: Use, now: number): Place<Child> | Refused {
    if (this.failingFor(now) > 0) return { refused: 'failing' };
    if (this.#places.size >= this.#limits.max) return { refused: 'full' };
    const child = this.#start();
    const place = { use, child, open: 0, requests: 0, startedAt: now, usedAt: now, isDraining: false };
    this.#places.add(place);
    return place;
  }

  #of(use: Use): Place<Child>[] {
    return [...this.#places].filter((place) => place.use === use && !place.isDraining);
  }

  #isWorn({ startedAt, requests }: Place<Child>, now: number): boolean {
    return now - startedAt >= this.#limits.maxAgeMs || requests >= this.#limits.maxRequests;
  }
}
