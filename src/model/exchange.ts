import type { RequestId, ResponseId, RunId } from './ids.js';
import type { AssembledMessage } from './message.js';
import type { Usage } from './usage.js';

/** One header line as on the wire: case kept, value decoded as latin1. */
export type Header = readonly [name: string, value: string];

/** Header lines in wire order, duplicates kept. */
export type HeaderList = readonly Header[];

/** What a request was for. `query` shows `messages` by default. */
export const EXCHANGE_KINDS = ['messages', 'count_tokens', 'mcp', 'telemetry', 'oauth', 'other'] as const;
export type ExchangeKind = (typeof EXCHANGE_KINDS)[number];

/**
 * Where an exchange was seen. wire: its bytes passed the proxy; transcript: read from the files in which Claude Code keeps its
 * conversations, which have the bill and the messages, but no times of the response, and usually no system prompt or tools.
 */
export const EXCHANGE_ORIGINS = ['wire', 'transcript'] as const;
export type ExchangeOrigin = (typeof EXCHANGE_ORIGINS)[number];

/**
 * Wire times in unix milliseconds with fractions; null where the exchange did not get that far.
 * initiated: first request byte read; received: request complete; forwarded: first request byte written upstream;
 * firstByte: first response byte read; responseEnd: response complete; delivered: last response byte accepted by the client.
 */
export interface Timestamps {
  initiated: number;
  received: number | null;
  forwarded: number | null;
  firstByte: number | null;
  responseEnd: number | null;
  delivered: number | null;
}

/**
 * How an exchange ended, decided by `capture/exchange/exchange-end.ts`.
 * open: in flight; complete: answered in full; aborted: the client stopped it before its end (Esc); cut_off: the answer
 * began and ended too early; failed: no answer, or an error in its place; interrupted: claude-trace died while it was open,
 * found on the next start.
 */
export const EXCHANGE_STATES = ['open', 'complete', 'aborted', 'cut_off', 'failed', 'interrupted'] as const;
export type ExchangeState = (typeof EXCHANGE_STATES)[number];

/** The states that count as failed in every total and for `--status error`. A request that the user stopped has not failed. */
export const FAILED_STATES = ['cut_off', 'failed', 'interrupted'] as const satisfies readonly ExchangeState[];

export function isFailed(state: ExchangeState): boolean {
  return FAILED_STATES.some((failed) => failed === state);
}

/** A message body. `sha256` and `size` are those of the entity body on the wire, before redaction. */
export interface CapturedBody {
  /** The exact bytes, unless `truncated` (a prefix) or `redacted` (secrets replaced). */
  bytes: Uint8Array;
  /** Hex; null where truncated. */
  sha256: string | null;
  /** Bytes on the wire after transfer decoding, content encoding kept. */
  size: number;
  truncated: boolean;
  redacted: boolean;
}

/** A request, complete and redacted: safe to store. */
export interface CapturedRequest {
  id: RequestId;
  correlationId: string;
  runId: RunId;
  origin: ExchangeOrigin;
  /** Ids of Claude Code; null when the request does not carry them. */
  sessionId: string | null;
  agentId: string | null;
  parentAgentId: string | null;
  promptId: string | null;
  kind: ExchangeKind;
  method: string;
  /** Absolute, secrets in the query redacted. */
  url: string;
  host: string;
  httpVersion: string;
  headers: HeaderList;
  body: CapturedBody;
  /** From the request body, or null. */
  model: string | null;
  streaming: boolean;
  timestamps: Timestamps;
  /** Why the observation is incomplete (unparsable HTTP, undecodable body); null where it is complete. */
  degraded: string | null;
}

/** The end of an exchange: a response, or why there was no response; redacted, so safe to store. */
export interface CapturedResponse {
  id: ResponseId;
  requestId: RequestId;
  correlationId: string;
  state: Exclude<ExchangeState, 'open'>;
  /** Why the exchange is not complete, or the API's own error type and message; null without an error. */
  error: string | null;
  status: number | null;
  reason: string | null;
  headers: HeaderList;
  body: CapturedBody;
  /** Null where the response carried none. */
  message: AssembledMessage | null;
  usage: Usage | null;
  timestamps: Timestamps;
  /** First content delta of a stream, else first byte, from `initiated`; null without a response. */
  ttftMs: number | null;
  /** From `initiated` to `delivered`, or to the last event; null where the times are not known. */
  latencyMs: number | null;
  /** Time in the proxy: from initiated to forwarded, and from response end to delivered. */
  proxyOverheadMs: number | null;
  degraded: string | null;
}
