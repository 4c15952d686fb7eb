import {
  ATTRIBUTION_VERSION,
  attribute,
  createBudget,
  EMPTY_CONTEXT,
  type PriceOverrides,
  segmentText,
} from '../attribution/index.js';
import { roundDollars } from '../model/dollars.js';
import type { Segment } from '../model/segment.js';
import type { BillingTerms, Usage } from '../model/usage.js';
import type { Reader, RequestDetail, ResponseDetail } from '../store/index.js';
import { readJsonBody } from './json-body.js';

/** A person waits, or the HTTP API, which answers nothing else in this time. */
const BUDGET_MS = 5_000;

export interface SegmentWithText {
  segment: Segment;
  text: string;
}

/**
 * The segments of a stored request, made again from its body, since only their sums are stored. The thread's context and the
 * solution of its bills are stored with the request, so the result is the same as when it was attributed. A solution of another
 * version of the engine does not fit; then the bill is shared out by estimates.
 *
 * @throws AttributionOverBudgetError
 */
export function segmentsOf(reader: Reader, request: RequestDetail, prices: PriceOverrides): SegmentWithText[] {
  if (request.kind !== 'messages') return [];
  const { text, body } = readJsonBody(
    reader.requestBody(request.id),
    request.request_headers,
    request.request_body.redacted,
  );
  const thread = request.thread ?? EMPTY_CONTEXT;
  const at = Date.parse(request.timestamp);
  // The answer may name a model whose price applies.
  const model = request.response?.priced_as ?? request.model;
  const solution = isOutdated(request) ? null : request.solution;
  const budget = createBudget(BUDGET_MS);
  const { segments } = attribute({ body, text, usage: usageOf(request), model, at, thread, solution, prices, budget });
  return segments.map((segment) => ({ segment, text: segmentText(body, text, segment) }));
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
export function isOutdated({ attribution_version: version }: RequestDetail): boolean {
  return version !== null && version !== ATTRIBUTION_VERSION;
}

function usageOf({ tokens, response }: RequestDetail): Usage | null {
  if (tokens.known !== 'exact') return null;
  return {
    uncached: tokens.uncached ?? 0,
    cacheRead: tokens.cache_read ?? 0,
    cacheWrite5m: tokens.cache_write_5m ?? 0,
    cacheWrite1h: tokens.cache_write_1h ?? 0,
    output: tokens.output_known === 'exact' ? tokens.output : null,
    webSearches: response?.web_searches ?? 0,
    terms: response?.billing_terms ? termsOf(response.billing_terms) : undefined,
  };
}

/** The terms that decide the price of the request's tokens. */
function termsOf(row: NonNullable<ResponseDetail['billing_terms']>): BillingTerms {
  const { speed, service_tier: serviceTier, inference_geo: inferenceGeo, served_by: servedBy } = row;
  return { speed, serviceTier, inferenceGeo, servedBy, iterations: [], unpriced: [] };
}
