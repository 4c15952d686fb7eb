import type { ExchangeKind, ExchangeState, HeaderList, Timestamps } from '../../model/exchange.js';
import type { Purpose } from '../../model/purpose.js';
import type { Part, Solution, ThreadContext } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import type { CacheMissCause, Continuation } from '../../model/thread.js';
import type { OutputKnown } from '../../model/usage.js';

/** The rows that readers return. They are printed as they are: names in snake case, times as ISO 8601 in UTC with milliseconds. */

/** Tokens of one exchange; null until the response is stored, and where they are not known. */
export interface TokenCounts {
  /** Billed input; an estimate where nothing was billed. */
  input: number | null;
  uncached: number | null;
  cache_read: number | null;
  cache_write_5m: number | null;
  cache_write_1h: number | null;
  output: number | null;
  /** How the input is known. exact: billed by the API; estimated: not billed; null: not known. */
  known: 'exact' | 'estimated' | null;
  /** exact: billed by the API; estimated: from the text of an answer that ended before its bill. */
  output_known: OutputKnown;
}

/** What one source put into one request, all parts together. */
export interface SourceTotal {
  source: Source;
  tokens: number;
  /** Of these, tokens that the previous request of the thread did not have; null without one or where it is not known. */
  new_tokens: number | null;
  /** Of the request's attributed tokens, 0..1. */
  share: number;
  cost_usd: number | null;
}

/** Why a request read less from the cache than its thread had written; see CacheMiss. */
export interface CacheMissRow {
  cause: CacheMissCause;
  source: Source | null;
  path: string | null;
  detail: string | null;
  lost_tokens: number;
  lost_usd: number | null;
}

/** A row of `query --json`. In an open request all values that come from the response are null. */
export interface RequestRow {
  id: string;
  correlation_id: string;
  session_id: string | null;
  agent_id: string | null;
  prompt_id: string | null;
  kind: ExchangeKind;
  /** Null where attribution does not know, like the fields of the thread. */
  purpose: Purpose | null;
  /** The first request of the thread. */
  thread_id: string | null;
  /** The previous request of the thread. */
  previous_id: string | null;
  continuation: Continuation | null;
  /** For a subagent: the `tool_use` id of the call that started it. */
  started_by: string | null;
  timestamp: string;
  method: string;
  url: string;
  host: string;
  model: string | null;
  state: ExchangeState;
  status: number | null;
  error: string | null;
  streaming: boolean;
  tokens: TokenCounts;
  /** An estimate if the output is one. */
  cost_usd: number | null;
  /** Parts of the bill that are not in the cost, such as `code_execution` or `service_tier: priority`. */
  unpriced: string[];
  latency_ms: number | null;
  ttft_ms: number | null;
  proxy_overhead_ms: number | null;
  rating: number | null;
  /** Null when the cache was read as far as possible, and where nothing is known. */
  cache_miss: CacheMissRow | null;
  /** False: stored without its sources, since attribution failed or took too long; null: nothing to attribute (yet). */
  attributed: boolean | null;
  /** Largest first. */
  sources: SourceTotal[];
}

export interface BodyInfo {
  /** Bytes on the wire. */
  size: number;
  /** Hex, of the bytes on the wire; null when truncated. */
  sha256: string | null;
  truncated: boolean;
  redacted: boolean;
}

/** What a bill depends on beside tokens and list price; see BillingTerms. */
export interface BillingTermsRow {
  speed: string | null;
  service_tier: string | null;
  inference_geo: string | null;
  served_by: string | null;
  /** Tokens that no other figure contains. `model` null: the requested one. */
  iterations: {
    type: string;
    model: string | null;
    uncached: number;
    cache_read: number;
    cache_write_5m: number;
    cache_write_1h: number;
    output: number;
  }[];
}

export interface ResponseDetail {
  id: string;
  status: number | null;
  reason: string | null;
  error: string | null;
  headers: HeaderList;
  body: BodyInfo;
  web_searches: number | null;
  input_cost_usd: number | null;
  /** Of the answer, and of the work of other models for it. */
  output_cost_usd: number | null;
  /** The model whose price applies; null without a price. */
  priced_as: string | null;
  /** What the bill depends on beside tokens and list price; null for nothing. */
  billing_terms: BillingTermsRow | null;
  degraded: string | null;
}

/** Parts without which a request can still be read. */
export type DamagedPart = 'request headers' | 'response headers' | 'thread' | 'solution' | 'bill';

/** Everything about one request except its bodies. */
export interface RequestDetail extends RequestRow {
  run_id: string;
  parent_agent_id: string | null;
  http_version: string;
  degraded: string | null;
  timestamps: { initiated: string } & Record<
    'received' | 'forwarded' | 'first_byte' | 'response_end' | 'delivered',
    string | null
  >;
  request_headers: HeaderList;
  request_body: BodyInfo;
  /** Version of the attribution engine that made the shares; null when not attributed. */
  attribution_version: number | null;
  /** Parts that are null or empty here because they are damaged. */
  damaged: DamagedPart[];
  /** The input of attribution beside the body; null when not attributed. */
  thread: ThreadContext | null;
  /** What the bills of its thread say about its segments; null when not attributed, or by a version that had no solution. */
  solution: Solution | null;
  /** Null when not rated. */
  feedback: RatingRow | null;
  /** Null while open, and after an interruption. */
  response: ResponseDetail | null;
}

/** What one source put into one request as one part. */
export interface ShareRow {
  request_id: string;
  source: Source;
  part: Part;
  tokens: number;
  new_tokens: number | null;
  cost_usd: number | null;
  segments: number;
  message_index: number | null;
  message_role: string;
}

/** The rating of an answer. A request has at most one, and it counts once for each of its sources. */
export interface RatingRow {
  id: string;
  request_id: string;
  /** -1..1 */
  rating: number;
  feedback_text: string | null;
  user_id: string;
  created_at: string;
  updated_at: string;
  /** The distinct sources of the request. */
  affected_sources: string[];
}

export interface SessionRow {
  id: string;
  /** The last run that saw it, and the folder of that run. */
  run_id: string;
  cwd: string;
  first_seen: string;
  last_seen: string;
  duration_ms: number;
  /** Of kind `messages`. The totals include requests that retention has removed. */
  requests: number;
  failed_requests: number;
  /** Stopped by the client; not counted as failed. */
  aborted_requests: number;
  /** Billed, but with estimated or unknown output: output and cost are not exact. */
  estimated_requests: number;
  input_tokens: number;
  cache_read_tokens: number;
  output_tokens: number;
  /** Of the requests with a known price; null without any. */
  cost_usd: number | null;
  lost_usd: number | null;
  /** The most expensive first. */
  models: string[];
  feedback_count: number;
  /** -1..1 */
  average_rating: number | null;
}

/** Something that happened to what is stored. Retention, which removes requests, changes nothing in this sense. */
export interface ChangeRow {
  /**
   * Ascending in the order of commits, also across processes and restarts. The first of a database is the time in unix ms,
   * so a number of another database, older or newer, is never one that this database has given.
   */
  n: number;
  at: string;
  /** Interrupted requests have ended, too. */
  type: 'request.started' | 'request.ended' | 'feedback.created' | 'feedback.updated' | 'feedback.deleted';
  request_id: string;
  feedback_id: string | null;
}

/** The `error` of a request whose recorder died before the response was stored. */
export const INTERRUPTED = 'interrupted: claude-trace ended before the response was stored';

export function iso(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

export function isoOrNull(unixMs: number | null): string | null {
  return unixMs === null ? null : iso(unixMs);
}

/** `Timestamps` as rows print them. */
export function printedTimes(times: Timestamps): RequestDetail['timestamps'] {
  return {
    initiated: iso(times.initiated),
    received: isoOrNull(times.received),
    forwarded: isoOrNull(times.forwarded),
    first_byte: isoOrNull(times.firstByte),
    response_end: isoOrNull(times.responseEnd),
    delivered: isoOrNull(times.delivered),
  };
}
