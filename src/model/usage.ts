/**
 * Billed tokens of one exchange, from the API's `usage`.
 * Billed input = `uncached + cacheRead + cacheWrite5m + cacheWrite1h`.
 */
export interface Usage {
  /** `input_tokens`: input that touched no cache. */
  uncached: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  output: number;
  /** Server-side web searches, billed apart. */
  webSearches: number;
}

export function billedInput(usage: Usage): number {
  return usage.uncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}
