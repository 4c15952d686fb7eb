import type { Action } from '../file/action-schema.js';

/** How long the nth message (from 1) waits, in whole milliseconds. */
export function delayOf(
  { ms, random, exponential, jitter = 0 }: NonNullable<Action['delay']>,
  nth: number,
  draw: () => number,
): number {
  // 2 ** 1023 is the last that is finite.
  const doubled = exponential && Math.min(exponential.max, exponential.base * 2 ** Math.min(nth - 1, 1_000));
  const drawn = random && random.min + draw() * (random.max - random.min);
  const mean = ms ?? doubled ?? drawn ?? 0;
  const shift = jitter === 0 ? 0 : (draw() * 2 - 1) * jitter * mean;
  return Math.round(Math.max(0, mean + shift));
}
