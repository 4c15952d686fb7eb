/**
 * Twice the text may take twice the time. Quadratic work is unmistakable at these sizes: what takes little CPU at all passes
 * without a comparison, so that neither the machine nor its load decides.
 */
const SIZE = 200_000;
const LITTLE_MS = 250;
const ROUNDS = 3;
/** Linear work gives 4 at four times the size, quadratic 16. */
const MAX_GROWTH = 9;

/**
 * How work grows that is more than linear; null for other work.
 * @param prepare makes the work for an input of some characters; not measured
 */
export function growthFault(prepare: (size: number) => () => void): string | null {
  const work = (size: number): number => cpuTime(prepare(size));
  if (work(SIZE) < LITTLE_MS) return null;
  const least = (size: number) => Math.min(...Array.from({ length: ROUNDS }, () => work(size)));
  const [small, large] = [least(SIZE), least(4 * SIZE)];
  return large < MAX_GROWTH * small ? null : `${small} ms, then ${large} ms`;
}

/** Milliseconds of CPU: the load of the machine is not in them. */
function cpuTime(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** A text of about this length. */
export function fill(unit: string, size: number): string {
  return unit === '' ? 'x'.repeat(size) : unit.repeat(Math.ceil(size / unit.length));
}
