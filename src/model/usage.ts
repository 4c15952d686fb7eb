/** Token counts of one bill, or of a part of it that has a price of its own. */
export interface InputUsage {
  /** `input_tokens`: input that touched no cache. */
  uncached: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
}

/**
 * Billed tokens of one exchange, from the API's `usage`.
 * Billed input = `uncached + cacheRead + cacheWrite5m + cacheWrite1h`.
 */
export interface Usage extends InputUsage {
  /** Null: the answer ended before its final figure. What a stream begins with says nothing of its output. */
  output: number | null;
  /** Server-side web searches, billed apart. */
  webSearches: number;
  /** Absent: list price, and all that was billed is in the figures above. */
  terms?: BillingTerms | undefined;
}

/** What a bill depends on beside its tokens. Texts are the API's own words. */
export interface BillingTerms {
  /** `standard` or `fast`; null where the API does not say: then the request does. */
  speed: string | null;
  /** `priority`, `batch`; null for the standard one. */
  serviceTier: string | null;
  /** Where inference had to run, such as `us`; null for anywhere. */
  inferenceGeo: string | null;
  /** The fallback model that answered in place of the requested one. */
  servedBy: string | null;
  /** Work of other models, and of compaction, that is in none of the figures of `Usage`. */
  iterations: IterationUsage[];
  /** What was billed apart and has no figure here, such as `code_execution`. */
  unpriced: string[];
}

/** An entry of the API's `usage.iterations`. */
export interface IterationUsage extends InputUsage {
  type: string;
  /** Null: the requested one. */
  model: string | null;
  output: number;
}

/** exact: the API's own figure; estimated: from the text of the answer; unknown: neither. */
export const OUTPUT_KNOWN = ['exact', 'estimated', 'unknown'] as const;
export type OutputKnown = (typeof OUTPUT_KNOWN)[number];

export function billedInput(usage: InputUsage): number {
  return usage.uncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

/** Token counts that can be shared out: the API sends whole numbers; anything else is no bill. */
export function isBill(usage: Usage | null): usage is Usage {
  if (usage === null) return false;
  const { uncached, cacheRead, cacheWrite5m, cacheWrite1h, output } = usage;
  return [uncached, cacheRead, cacheWrite5m, cacheWrite1h, output ?? 0].every(
    (count) => Number.isSafeInteger(count) && count >= 0,
  );
}
