/** Times the speed of the recording; `max` waits for nothing. */
export type Speed = number | 'max';

export const SLOWEST = 0.1;
export const FASTEST = 10;

/** Longer timers of Node.js fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `0.1` to `10`, or `max`; null for anything else. */
export function parseSpeed(text: string): Speed | null {
  if (text === 'max') return 'max';
  const speed = /^\d+(\.\d+)?$|^\.\d+$/.test(text) ? Number(text) : Number.NaN;
  return speed >= SLOWEST && speed <= FASTEST ? speed : null;
}

export interface ReplayClockOptions {
  /** Default: 1. */
  speed?: Speed;
  /** Default: true. */
  playing?: boolean;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/**
 * Says when a frame of a tape is due. Places are milliseconds since the first frame, as tapes have them. Each due time is
 * computed from the start, or from the last seek, pause or change of speed, so that lateness does not add up.
 */
export class ReplayClock {
  readonly #now: () => number;
  readonly #waiting = new Set<() => void>();
  #speed: Speed;
  #playing: boolean;
  /** The place at which the clock was at a time; both move together from there. */
  #start: { place: number; time: number };

  constructor({ speed = 1, playing = true, now = () => performance.now() }: ReplayClockOptions = {}) {
    this.#now = now;
    this.#speed = speed;
    this.#playing = playing;
    this.#start = { place: 0, time: now() };
  }

  get speed(): Speed {
    return this.#speed;
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** At speed `max`: the place of the last frame that was waited for. */
  get place(): number {
    const { place, time } = this.#start;
    if (!this.#playing || this.#speed === 'max') return place;
    return place + (this.#now() - time) * this.#speed;
  }

  play(): void {
    this.#restart(this.place, () => {
      this.#playing = true;
    });
  }

  pause(): void {
    this.#restart(this.place, () => {
      this.#playing = false;
    });
  }

  setSpeed(speed: Speed): void {
    this.#restart(this.place, () => {
      this.#speed = speed;
    });
  }

  seek(place: number): void {
    this.#restart(place, () => {});
  }

  /** Milliseconds until the frame at a place is due: 0 when it is, Infinity while paused before it. */
  msUntil(place: number): number {
    if (this.#playing && this.#speed === 'max') return 0;
    const left = place - this.place;
    if (left <= 0) return 0;
    return this.#playing ? left / Number(this.#speed) : Number.POSITIVE_INFINITY;
  }

  /** Resolves when the frame at a place is due, whatever happens to the clock until then. @throws the signal's reason */
  async until(place: number, signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const left = this.msUntil(place);
      if (left === 0) break;
      await this.#timeOrChange(left, signal);
    }
    if (this.#speed === 'max' && place > this.#start.place) this.#start = { place, time: this.#now() };
  }

  #restart(place: number, change: () => void): void {
    change();
    this.#start = { place, time: this.#now() };
    for (const wake of [...this.#waiting]) wake();
  }

  #timeOrChange(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(wake, Math.min(ms, LONGEST_TIMER_MS));
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }
}
