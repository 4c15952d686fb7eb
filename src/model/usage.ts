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

/** Token counts that can be shared out: the API sends whole numbers; anything else is no bill. */
export function isBill(usage: Usage | null): usage is Usage {
  if (usage === null) return false;
  const { uncached, cacheRead, cacheWrite5m, cacheWrite1h, output } = usage;
  return [uncached, cacheRead, cacheWrite5m, cacheWrite1h, output].every(
    (count) => Number.isSafeInteger(count) && count >= 0,
  );
}
