import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Keys of one limiter. A client can make up addresses; the least recently used ones are forgotten, and count from zero again. */
const MAX_KEYS = 50_000;
/** Number of keys forgotten at once: finding the first key of a Set takes longer the more keys were deleted before it. */
const FORGOTTEN_AT_ONCE = 1_000;

/** Counts in this process, in bounded memory. */
export class BoundedMemoryLimiter {
  readonly #limiter: RateLimiterMemory;
  /** The least recently used first. */
  readonly #keys = new Set<string>();

  /** @param duration seconds */
  constructor(points: number, duration: number) {
    this.#limiter = new RateLimiterMemory({ points, duration });
  }

  /** @throws RateLimiterRes above the limit */
  consume(key: string, points: number): Promise<RateLimiterRes> {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size > MAX_KEYS) this.#forgetOldest();
    return this.#limiter.consume(key, points);
  }

  #forgetOldest(): void {
    let left = FORGOTTEN_AT_ONCE;
    for (const key of this.#keys) {
      this.#keys.delete(key);
      void this.#limiter.delete(key);
      if (--left === 0) break;
    }
  }
}
