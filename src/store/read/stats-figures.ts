import { roundDollars } from '../../model/dollars.js';
import { HOUR_MS } from './hours.js';
import type { Collected } from './stats-series.js';

/** Tokens and dollars are of requests with a bill. Null: not known, or not kept by source. */
export interface StatsFigures {
  requests: number;
  billedRequests: number;
  /** Without an answer, with one that was cut off, or with an error instead. */
  failedRequests: number | null;
  /** Stopped by the client; not counted as failed. */
  abortedRequests: number | null;
  /** Billed, but with estimated or unknown output: output and dollars are not exact. */
  estimatedRequests: number | null;
  /** Billed at an unknown price: not included in the dollars. */
  unpricedRequests: number;
  /** For a source: the tokens it put into requests. */
  inputTokens: number;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  outputTokens: number | null;
  /** Input and output; for a source: its part of the input. */
  costUsd: number | null;
  /** Lost to cache misses: tokens billed again as new, and their extra cost over reading them from the cache. */
  lostTokens: number | null;
  lostUsd: number | null;
  averageLatencyMs: number | null;
  averageProxyOverheadMs: number | null;
  feedbackCount: number;
  /** -1..1 */
  averageRating: number | null;
  /** Good answers per dollar: (average_rating + 1) / 2, divided by the average cost of a request. */
  valuePerUsd: number | null;
  /** Beginnings of the first and the last hour of use. */
  firstUsed: Date | null;
  lastUsed: Date | null;
  /** Input tokens in the spans of `Stats.series`; for a day in its hours, for a week or a month in its days. */
  series: number[];
}

export interface StatsRow extends StatsFigures {
  /**
   * Source, group, name of an MCP tool in requests, model, id of a session or a turn, project, purpose, agent, hour (ISO 8601), first day (YYYY-MM-DD) or month
   * (YYYY-MM); null: requests without one.
   */
  key: string | null;
  /** First words of the prompt, for a turn. */
  prompt?: string | null;
  /** How often answers called it, for an MCP tool, whose other figures are those of its definition. */
  calls?: number;
  /** Tokens of its results, each in the first request that carried it; null where none of its calls was recorded. */
  resultTokens?: number | null;
}

export const NOTHING: StatsFigures = {
  requests: 0,
  billedRequests: 0,
  failedRequests: 0,
  abortedRequests: 0,
  estimatedRequests: 0,
  unpricedRequests: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  costUsd: null,
  lostTokens: 0,
  lostUsd: null,
  averageLatencyMs: null,
  averageProxyOverheadMs: null,
  feedbackCount: 0,
  averageRating: null,
  valuePerUsd: null,
  firstUsed: null,
  lastUsed: null,
  series: [],
};

export function figures(sums: Collected): StatsFigures {
  const cost = sums.priced > 0 ? sums.cost_usd : null;
  const rating = ratio(sums.rating_sum, sums.feedback_count);
  return {
    requests: sums.requests,
    billedRequests: sums.billed,
    failedRequests: sums.failed,
    abortedRequests: sums.aborted,
    estimatedRequests: sums.estimated,
    unpricedRequests: sums.billed - sums.priced,
    inputTokens: sums.input_tokens,
    cacheReadTokens: sums.cache_read,
    cacheWriteTokens: sums.cache_write,
    outputTokens: sums.output_tokens,
    costUsd: roundDollars(cost),
    lostTokens: sums.lost_tokens,
    lostUsd: cost === null ? null : roundDollars(sums.lost_usd),
    averageLatencyMs: ratio(sums.latency_ms, sums.latency_known),
    averageProxyOverheadMs: ratio(sums.overhead_ms, sums.overhead_known),
    feedbackCount: sums.feedback_count,
    averageRating: rating,
    valuePerUsd: rating === null ? null : ratio(((rating + 1) / 2) * sums.priced, cost),
    firstUsed: new Date(sums.first * HOUR_MS),
    lastUsed: new Date(sums.last * HOUR_MS),
    series: sums.series,
  };
}

function ratio(sum: number | null, count: number | null): number | null {
  return sum === null || count === null || count <= 0 ? null : sum / count;
}
