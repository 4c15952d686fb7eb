/** The value below which the share `p` of the values lies (nearest rank); null of none. */
export function percentile(values: readonly number[], p: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? null;
}

/** Of what there is; null of nothing. */
export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? null;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? null;
  return upper === null || lower === null ? null : (lower + upper) / 2;
}

/** Null if one of them is missing. */
export function difference(one: number | null | undefined, other: number | null | undefined): number | null {
  return one == null || other == null ? null : one - other;
}

/** Null if one of them is missing, or the divisor is not positive: a difference within the noise measures nothing. */
export function quotient(one: number | null | undefined, other: number | null | undefined): number | null {
  return one == null || other == null || other <= 0 ? null : one / other;
}

/** By how much the values grow from one to the next, as the line through them does that fits best (least squares). */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return spread === 0 ? 0 : values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0) / spread;
}

/** Milliseconds that the work takes. */
export function time(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Milliseconds of CPU that the work takes: what else the machine does is not in them. */
export function cpuTime(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
