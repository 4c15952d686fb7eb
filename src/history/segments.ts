import {
  ATTRIBUTION_VERSION,
  attribute,
  createBudget,
  EMPTY_CONTEXT,
  type PriceOverrides,
  segmentText,
} from '../attribution/index.js';
import { roundDollars } from '../model/dollars.js';
import type { RequestDetail } from '../model/request.js';
import type { Segment, Solution, ThreadContext } from '../model/segment.js';
import type { Usage } from '../model/usage.js';
import type { Reader } from '../store/index.js';
import { type JsonBody, readJsonBody } from './json-body.js';

/** A person waits, or the HTTP API, which answers nothing else in this time. */
const BUDGET_MS = 5_000;

export interface SegmentWithText {
  segment: Segment;
  text: string;
}

/**
 * The segments of a stored request, made again from its body, since only their sums are stored. The thread's context and the
 * solution of its bills are stored with the request, so the result is the same as when it was attributed. Without a solution the
 * bill is shared out by estimates.
 *
 * @throws AttributionOverBudgetError
 */
export function segmentsOf(reader: Reader, request: RequestDetail, prices: PriceOverrides): SegmentWithText[] {
  if (request.kind !== 'messages') return [];
  const stored = readAttributed(reader, request);
  const { text, body } = stored;
  const at = request.timestamp.getTime();
  const model = pricedModel(request);
  const budget = createBudget(BUDGET_MS);
  const { segments } = attribute({ ...stored, usage: usageOf(request), model, at, prices, budget });
  return segments.map((segment) => ({ segment, text: segmentText(body, text, segment) }));
}

/** A stored request as it was attributed. */
export interface AttributedRequest extends JsonBody {
  thread: ThreadContext;
  /** Null if the bill of its thread did not solve it, or if it is from another version of the engine, so that it does not fit. */
  solution: Solution | null;
}

export function readAttributed(reader: Reader, request: RequestDetail): AttributedRequest {
  return {
    ...readJsonBody(reader.requestBody(request.id), request.requestHeaders, request.requestBody.redacted),
    thread: request.thread ?? EMPTY_CONTEXT,
    solution: isOutdated(request) ? null : request.solution,
  };
}

/** A segment in JSON output. */
export function segmentToJson({ segment, text }: SegmentWithText) {
  return {
    path: segment.path,
    start: segment.start,
    end: segment.end,
    source: segment.source,
    part: segment.part,
    detail: segment.detail,
    role: segment.role,
    hash: segment.hash,
    tokens: segment.tokens,
    estimated_tokens: segment.estimatedTokens,
    known: segment.known,
    unread: segment.unread,
    cache: {
      read: segment.cache.read,
      write_5m: segment.cache.write5m,
      write_1h: segment.cache.write1h,
      uncached: segment.cache.uncached,
    },
    cost_usd: roundDollars(segment.costUsd),
    text,
  };
}

/** Whether another version of the engine attributed it. */
export function isOutdated({ attributionVersion: version }: RequestDetail): boolean {
  return version !== null && version !== ATTRIBUTION_VERSION;
}

/** The answer may name a model whose price applies. */
function pricedModel({ response, model }: RequestDetail): string | null {
  return response?.pricedAs ?? model;
}

/** What a request was billed for; null where it was not billed. */
export function billOf(request: RequestDetail): { usage: Usage; model: string | null; at: number } | null {
  const usage = usageOf(request);
  return usage === null ? null : { usage, model: pricedModel(request), at: request.timestamp.getTime() };
}

function usageOf({ tokens, response }: RequestDetail): Usage | null {
  if (tokens.known !== 'exact') return null;
  return {
    uncached: tokens.uncached ?? 0,
    cacheRead: tokens.cacheRead ?? 0,
    cacheWrite5m: tokens.cacheWrite5m ?? 0,
    cacheWrite1h: tokens.cacheWrite1h ?? 0,
    output: tokens.outputKnown === 'exact' ? tokens.output : null,
    webSearches: response?.webSearches ?? 0,
    terms: response?.billingTerms ? { ...response.billingTerms, iterations: [], unpriced: [] } : undefined,
  };
}
