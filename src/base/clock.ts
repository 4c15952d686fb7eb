/** Unix milliseconds with fractions, as every `at` in facts.ts. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
