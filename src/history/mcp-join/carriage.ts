import { AttributionOverBudgetError, carriedCost, type PriceOverrides } from '../../attribution/index.js';
import { isRecord } from '../../base/json.js';
import { knownSum } from '../../base/known-sum.js';
import { roundDollars } from '../../model/dollars.js';
import type { RequestDetail } from '../../model/request.js';
import { DamagedContentError, NotFoundError, type Reader } from '../../store/index.js';
import { readJsonBody } from '../json-body.js';
import { billOf, segmentsOf } from '../segments.js';

/** The result of a call, and the request that carried it first. */
export interface CarriedResult {
  toolUseId: string;
  carriedBy: string;
}

/** What a result cost in the context: the API requests that carried it, the first one included. */
export interface ResultCarriage {
  requests: number;
  /** Estimated share of their bills, US dollars; null without a known price. */
  costUsd: number | null;
}

/**
 * In how many requests of its conversation the model read a result, the first one included, and what that cost: until the
 * conversation was compacted, or Claude Code or the API removed the result. A result that was removed does not come back, so only
 * some requests are read; the cost of the others is that of the same tokens at the same place of their bills.
 *
 * @returns null where the first request is no longer stored, or cannot be read
 */
export function resultCarriage(
  reader: Reader,
  { toolUseId, carriedBy }: CarriedResult,
  prices: PriceOverrides,
): ResultCarriage | null {
  try {
    const first = reader.request(carriedBy);
    const place = placeIn(reader, first, toolUseId, prices);
    if (place === null) return null;
    const later = laterRequests(reader, first);
    const isCarried = (request: RequestDetail) => {
      const now = placeIn(reader, request, toolUseId, prices);
      // What takes the place of a removed result is short.
      return now !== null && now.tokens >= place.tokens / 2;
    };
    const carrying = later.slice(
      0,
      countWhile(later, (id) => isCarried(reader.request(id))),
    );
    const costs = carrying.map((id) => costIn(reader.request(id), place, prices));
    return { requests: 1 + carrying.length, costUsd: roundDollars(knownSum([place.costUsd, ...costs])) };
  } catch (error) {
    const isExpected = [DamagedContentError, NotFoundError, AttributionOverBudgetError].some(
      (type) => error instanceof type,
    );
    if (isExpected) return null;
    throw error;
  }
}

/** Billed requests of the same conversation that come after one, the oldest first. */
function laterRequests(reader: Reader, { id, sessionId, threadId }: RequestDetail): string[] {
  if (threadId === null) return [];
  const conversation = reader.conversation({ sessionId, threadId });
  const at = conversation.findIndex((request) => request.id === id);
  if (at === -1) return [];
  const rows = new Map(
    reader.rows(conversation.slice(at + 1).map((request) => request.id)).map((row) => [row.id, row]),
  );
  return conversation.slice(at + 1).flatMap((request) => {
    return rows.get(request.id)?.tokens.known === 'exact' ? [request.id] : [];
  });
}

/** How many of the first elements hold, where none holds after one that does not. */
function countWhile<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  // Most results stay until the end.
  const last = items.at(-1);
  if (last === undefined || holds(last)) return items.length;
  high -= 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Place {
  /** Tokens of the request before the result. */
  before: number;
  tokens: number;
  costUsd: number | null;
}

/** Where a request carries a result; null where the model does not read it there. */
function placeIn(reader: Reader, request: RequestDetail, toolUseId: string, prices: PriceOverrides): Place | null {
  const { body } = readJsonBody(reader.requestBody(request.id), request.requestHeaders, request.requestBody.redacted);
  const path = pathOfResult(body, toolUseId);
  if (path === null) return null;
  const segments = segmentsOf(reader, request, prices).map(({ segment }) => segment);
  const isOwn = (segment: { path: string }) => segment.path === path || segment.path.startsWith(`${path}/`);
  const own = segments.filter((segment) => isOwn(segment) && segment.part === 'result' && segment.unread === null);
  if (own.length === 0) return null;
  const before = segments.slice(0, segments.findIndex(isOwn));
  return {
    before: before.reduce((sum, { tokens }) => sum + tokens, 0),
    tokens: own.reduce((sum, { tokens }) => sum + tokens, 0),
    costUsd: knownSum(own.map(({ costUsd }) => costUsd)),
  };
}

function pathOfResult(body: unknown, toolUseId: string): string | null {
  const messages: unknown[] = isRecord(body) && Array.isArray(body.messages) ? body.messages : [];
  for (const [index, message] of messages.entries()) {
    const blocks: unknown[] = isRecord(message) && Array.isArray(message.content) ? message.content : [];
    const place = blocks.findIndex(
      (block) => isRecord(block) && block.type === 'tool_result' && block.tool_use_id === toolUseId,
    );
    if (place !== -1) return `/messages/${index}/content/${place}`;
  }
  return null;
}

function costIn(request: RequestDetail, place: Place, prices: PriceOverrides): number | null {
  const bill = billOf(request);
  return bill === null ? null : carriedCost(place, { ...bill, prices });
}
