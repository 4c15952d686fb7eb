import type { ExchangeKind, ExchangeOrigin, ExchangeState, HeaderList } from './exchange.js';
import type { Purpose } from './purpose.js';
import type { Rating } from './rating.js';
import type { Solution, SourceShare, ThreadContext } from './segment.js';
import type { Source } from './source.js';
import type { CacheMiss, Continuation } from './thread.js';
import type { BillingTerms, OutputKnown } from './usage.js';

/** Requests as readers of the store return them. */

/** Tokens of one exchange; null until the response is stored, and where they are not known. */
export interface TokenCounts {
  /** Billed input; an estimate where nothing was billed. */
  input: number | null;
  uncached: number | null;
  cacheRead: number | null;
  cacheWrite5m: number | null;
  cacheWrite1h: number | null;
  output: number | null;
  /** How the input is known. exact: billed by the API; estimated: not billed; null: not known. */
  known: 'exact' | 'estimated' | null;
  /** exact: billed by the API; estimated: from the text of an answer that ended before its bill. */
  outputKnown: OutputKnown;
}

/** What one source put into one request, all parts together. */
export interface SourceTotal {
  source: Source;
  tokens: number;
  /** The part of the tokens that the previous request of the thread did not have; null without one or where it is not known. */
  newTokens: number | null;
  /** Share of the request's attributed tokens, 0..1. */
  share: number;
  costUsd: number | null;
}

/** One request without its texts, as lists show it. In an open request all values that come from the response are null. */
export interface RequestSummary {
  id: string;
  correlationId: string;
  sessionId: string | null;
  agentId: string | null;
  promptId: string | null;
  /** transcript: imported from a file of Claude Code; its times, and usually its system prompt and tools, are not known. */
  origin: ExchangeOrigin;
  kind: ExchangeKind;
  /** Null where attribution does not know, like the fields of the thread. */
  purpose: Purpose | null;
  /** The first request of the thread. */
  threadId: string | null;
  /** The previous request of the thread. */
  previousId: string | null;
  continuation: Continuation | null;
  /** For a subagent: the `tool_use` id of the call that started it. */
  startedBy: string | null;
  /** Name of the agent that sent it, `unknown` if it is not known; null in the main conversation. */
  agent: string | null;
  /** What a person asked, and the requests that answered it; null where that is not known (yet). */
  turnId: string | null;
  /** When it began. */
  timestamp: Date;
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
  costUsd: number | null;
  /** Parts of the bill that are not in the cost, such as `code_execution` or `service_tier: priority`. */
  unpriced: string[];
  latencyMs: number | null;
  ttftMs: number | null;
  proxyOverheadMs: number | null;
  rating: number | null;
  /** Null when the cache was read as far as possible, and where nothing is known. */
  cacheMiss: CacheMiss | null;
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

export interface ResponseDetail {
  id: string;
  status: number | null;
  reason: string | null;
  error: string | null;
  headers: HeaderList;
  body: BodyInfo;
  webSearches: number | null;
  inputCostUsd: number | null;
  /** Cost of the answer, and of the work of other models for it. */
  outputCostUsd: number | null;
  /** The model whose price applies; null without a price. */
  pricedAs: string | null;
  /** What the bill depends on beside tokens and list price; null for nothing. */
  billingTerms: Omit<BillingTerms, 'unpriced'> | null;
  degraded: string | null;
}

/** Parts without which a request can still be read. */
export type DamagedPart = 'request headers' | 'response headers' | 'thread' | 'solution' | 'bill';

/** `Timestamps` in whole milliseconds. */
export interface RequestTimes {
  initiated: Date;
  received: Date | null;
  forwarded: Date | null;
  firstByte: Date | null;
  responseEnd: Date | null;
  delivered: Date | null;
}

/** Everything about one request except its bodies. */
export interface RequestDetail extends RequestSummary {
  runId: string;
  parentAgentId: string | null;
  httpVersion: string;
  degraded: string | null;
  timestamps: RequestTimes;
  requestHeaders: HeaderList;
  requestBody: BodyInfo;
  /** Version of the attribution engine that made the shares; null when not attributed. */
  attributionVersion: number | null;
  /** Parts that are null or empty here because they are damaged. */
  damaged: DamagedPart[];
  /** The input of attribution beside the body; null when not attributed. */
  thread: ThreadContext | null;
  /** What the bills of its thread say about its segments; null when not attributed, or by a version that had no solution. */
  solution: Solution | null;
  /** Null when not rated. */
  feedback: Rating | null;
  /** Null while open, and after an interruption. */
  response: ResponseDetail | null;
}

/** What one source put into one request as one part. */
export interface RequestShare extends SourceShare {
  requestId: string;
}
