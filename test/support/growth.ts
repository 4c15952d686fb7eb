import { cpuTime } from '../../bench/numbers.js';

/**
 * Twice the text may take twice the time. Quadratic work is unmistakable at these sizes: work that takes little CPU time passes without
 * a comparison, so that the result depends neither on the machine nor on its load.
 */
const SIZE = 200_000;
const LITTLE_MS = 250;
const ROUNDS = 3;
/** Linear work gives 4 at four times the size, quadratic 16. */
const MAX_GROWTH = 9;

/**
 * @param prepare makes the work for an input of this many characters; not measured
 * @returns the times of work that grows faster than its input, or null
 */
export function growthFault(prepare: (size: number) => () => void): string | null {
  const work = (size: number): number => cpuTime(prepare(size));
  if (work(SIZE) < LITTLE_MS) return null;
  const least = (size: number) => Math.min(...Array.from({ length: ROUNDS }, () => work(size)));
  const [small, large] = [least(SIZE), least(4 * SIZE)];
  return large < MAX_GROWTH * small ? null : `${small} ms, then ${large} ms`;
}

/** A text of about this length. */
export function fill(unit: string, size: number): string {
  return unit === '' ? 'x'.repeat(size) : unit.repeat(Math.ceil(size / unit.length));
}
