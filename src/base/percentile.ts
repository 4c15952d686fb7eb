/** The smallest value that at least this part of all values does not exceed; null without values. @param sorted ascending */
export function percentile(sorted: Float64Array, part: number): number | null {
  return sorted[Math.ceil(part * sorted.length) - 1] ?? null;
}
