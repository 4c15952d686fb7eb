import { uptime } from 'node:os';

/** Where times come from, in milliseconds. */
export interface TimeSources {
  /** Unix time at which `steady` was 0. */
  origin: number;
  /** Runs evenly, but on Linux not while the machine sleeps (CLOCK_MONOTONIC). */
  steady(): number;
  /** Unix time of the system, which may be set at any time. */
  wall(): number;
  /** Time since the machine was started, sleep included. Slow to read. */
  uptime(): number;
}

/** A difference of the clocks that is neither a slow call nor a correction by NTP in small steps. */
const JUMP_MS = 1_000;

/**
 * A clock of Unix milliseconds with fractions that only goes forward: setting the clock of the system does not change it, and the
 * time that the machine slept counts.
 */
export function createClock({ origin, steady, wall, uptime }: TimeSources): () => number {
  const startedAt = uptime() - steady();
  let lastAhead = 0;
  let sleptMs = 0;
  return () => {
    const elapsed = steady();
    const ahead = wall() - (origin + elapsed);
    if (Math.abs(ahead - lastAhead) > JUMP_MS) {
      lastAhead = ahead;
      const missed = uptime() - startedAt - elapsed;
      if (missed > JUMP_MS) sleptMs = Math.max(sleptMs, missed);
    }
    return origin + elapsed + sleptMs;
  };
}

/** Unix milliseconds with fractions, see `createClock`. */
export const now = createClock({
  origin: performance.timeOrigin,
  steady: () => performance.now(),
  wall: () => Date.now(),
  uptime: () => uptime() * 1_000,
});
