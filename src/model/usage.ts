/** Token counts of one bill, or of a part of it with its own price. */
export interface InputUsage {
  /** `input_tokens`: not from the cache, and not written to it. */
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
  /** Null where the answer ended before its final figure. The figure at the start of a stream is not the output. */
  output: number | null;
  /** Server-side web searches, billed separately. */
  webSearches: number;
  /** Absent where everything is in the figures above, at list price. */
  terms?: BillingTerms | undefined;
}

/** What else a bill depends on. Texts are the API's own words. */
export interface BillingTerms {
  /** `standard` or `fast`; null where the API does not say, and the request decides. */
  speed: string | null;
  /** `priority`, `batch`; null for standard. */
  serviceTier: string | null;
  /** Where inference had to run, such as `us`; null for no restriction. */
  inferenceGeo: string | null;
  /** The fallback model that answered instead of the requested one. */
  servedBy: string | null;
  /** Work of other models, and of compaction, that is not in the figures of `Usage`. */
  iterations: IterationUsage[];
  /** Billed separately without a figure here, such as `code_execution`. */
  unpriced: string[];
}

/** An entry of the API's `usage.iterations`. */
export interface IterationUsage extends InputUsage {
  type: string;
  /** Null: the requested one. */
  model: string | null;
  output: number;
}

/** exact: the API's own figure; estimated: from the text of the answer. */
export const OUTPUT_KNOWN = ['exact', 'estimated', 'unknown'] as const;
export type OutputKnown = (typeof OUTPUT_KNOWN)[number];

export function billedInput(usage: InputUsage): number {
  return usage.uncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

/** Whether token counts can be divided among segments. The API sends whole numbers; anything else is not a bill. */
export function isBill(usage: Usage | null): usage is Usage {
  if (usage === null) return false;
  const { uncached, cacheRead, cacheWrite5m, cacheWrite1h, output } = usage;
  return [uncached, cacheRead, cacheWrite5m, cacheWrite1h, output ?? 0].every(
    (count) => Number.isSafeInteger(count) && count >= 0,
  );
}
