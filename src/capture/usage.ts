import type { Usage } from '../model/usage.js';
import { isRecord, type JsonRecord } from './json.js';

/**
 * The API's `usage` object; null when it holds no token counts. Cache writes come as a total and, in newer replies, split
 * by lifetime; a total without a split is 5-minute, the API's default. Where they differ, the total is what is billed.
 */
export function parseUsage(raw: unknown): Usage | null {
  if (!isRecord(raw)) return null;
  if (count(raw.input_tokens) === null && count(raw.output_tokens) === null) return null;
  const split = isRecord(raw.cache_creation) ? raw.cache_creation : {};
  const hour = count(split.ephemeral_1h_input_tokens) ?? 0;
  const written = count(raw.cache_creation_input_tokens) ?? hour + (count(split.ephemeral_5m_input_tokens) ?? 0);
  const cacheWrite1h = Math.min(hour, written);
  const serverTools = isRecord(raw.server_tool_use) ? raw.server_tool_use : {};
  return {
    uncached: count(raw.input_tokens) ?? 0,
    cacheRead: count(raw.cache_read_input_tokens) ?? 0,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    output: count(raw.output_tokens) ?? 0,
    webSearches: count(serverTools.web_search_requests) ?? 0,
  };
}

/**
 * `message_start` carries the input figures, `message_delta` the output so far and at times corrected input: a figure
 * that is there replaces the earlier one, null and absent ones do not.
 */
export function mergeUsage(earlier: unknown, later: unknown): JsonRecord {
  const figures = isRecord(later) ? Object.entries(later).filter(([, figure]) => figure !== null) : [];
  return { ...(isRecord(earlier) ? earlier : {}), ...Object.fromEntries(figures) };
}

/** The API counts whole tokens. A gateway that sends anything else has told nothing that could be shared out. */
function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
