import { percentile } from './numbers.js';

const RESAMPLES = 400;

/**
 * Where nine of ten estimates lie when the rounds are drawn again, with repetition (the bootstrap's percentile interval): what
 * another run on this machine might say. Null when too many draws allow no estimate.
 */
export function interval(
  rounds: number,
  estimate: (drawn: number[]) => number | null,
): [low: number, high: number] | null {
  const estimates: number[] = [];
  for (let index = 0; index < RESAMPLES; index += 1) {
    const value = estimate(Array.from({ length: rounds }, () => Math.floor(Math.random() * rounds)));
    if (value !== null) estimates.push(value);
  }
  const [low, high] = [percentile(estimates, 0.05), percentile(estimates, 0.95)];
  return low === null || high === null || estimates.length < RESAMPLES * 0.9 ? null : [low, high];
}

/** The rounds of a draw. */
export function pick<Round>(rounds: readonly Round[], drawn: readonly number[]): Round[] {
  return drawn.map((index) => rounds[index]).filter((each) => each !== undefined);
}
