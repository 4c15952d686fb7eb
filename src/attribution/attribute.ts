import type { Attribution, CacheSplit, Segment, Solution, ThreadContext } from '../model/segment.js';
import { billedInput, isBill, type Usage } from '../model/usage.js';
import { type Budget, UNLIMITED } from './budget.js';
import { uncachedSplit, walkCache } from './cost/cache-walk.js';
import { inputCost, outputCost } from './cost/cost.js';
import { pricedModel } from './cost/priced-model.js';
import { type PriceOverrides, pricesFor } from './cost/prices.js';
import { sharesOf } from './cost/shares.js';
import { atPointer, textOf } from './json.js';
import { estimatedSolution, fits, scaledSolution } from './tokens/scale.js';
import { type WeighedPiece, weighRequest } from './tokens/weigh.js';

/** Raised whenever the same request would be attributed differently than before. */
export const ATTRIBUTION_VERSION = 5;

/** What a request's attribution hangs on beside its segments. */
export interface Bill {
  /** Null when nothing was billed: failed, aborted. */
  usage: Usage | null;
  /** Whose price holds. */
  model: string | null;
  /** Unix ms of the request: prices change. */
  at: number;
  thread: ThreadContext;
  /** What the bills of its thread say (threads.ts); null, or made by another version: shares of its own bill by estimate. */
  solution: Solution | null;
  /** Hashes of what the request before it in its thread was made of; null where that is not known. */
  before: readonly string[] | null;
  prices: PriceOverrides;
}

export interface AttributionInput extends Omit<Bill, 'before'> {
  /** Parsed request JSON; undefined when it is not JSON. */
  body: unknown;
  /** The request body as text. */
  text: string;
  /** How long it may take. Default: as long as it takes. */
  budget?: Budget;
}

/**
 * Says where every part of a request came from, and what it costs: segments in cache order that partition what the model
 * reads, with tokens that sum to the bill. Pure: the same input gives the same output. No body makes it throw.
 *
 * @throws {AttributionOverBudgetError} when `budget` is used up
 */
export function attribute({ body, text, budget = UNLIMITED, ...bill }: AttributionInput): Attribution {
  const model = pricedModel(bill.model, body);
  return attributePieces(weighRequest(body, text, bill.thread, budget), { ...bill, model, before: null });
}

/** `attribute` for pieces that are weighed already. */
export function attributePieces(
  pieces: readonly WeighedPiece[],
  { usage, model, at, thread, solution, before, prices }: Bill,
): Attribution {
  const billed = isBill(usage) ? usage : null;
  const solved = solve(pieces, billed, solution);
  const inputTokens = billed === null ? sum(solved.tokens) : billedInput(billed);
  const splits = billed === null ? solved.tokens.map(uncachedSplit) : walkCache(solved.tokens, billed);
  // What was not billed costs nothing that anybody knows: an overloaded API is asked ten times, and paid once.
  const price = billed === null ? null : pricesFor(model, inputTokens, at, prices);
  const cleared = new Set(solved.cleared);
  const segments = pieces.flatMap((piece, index): Segment[] => {
    const cache = splits[index] ?? uncachedSplit(0);
    const tokens = solved.tokens[index] ?? 0;
    if (tokens === 0 && piece.part === 'overhead') return [];
    const { path, start, end, source, part, detail, role, hash, estimatedTokens } = piece;
    const unread = piece.unread ?? (cleared.has(index) ? 'cleared' : null);
    const known = solved.known[index] ?? 'scaled';
    const costUsd = inputCost(cache, price);
    return [
      { path, start, end, source, part, detail, role, hash, estimatedTokens, tokens, known, unread, cache, costUsd },
    ];
  });
  return {
    version: ATTRIBUTION_VERSION,
    thread,
    segments,
    solution: solved,
    shares: sharesOf(segments, before),
    inputTokens,
    known: billed === null ? 'estimated' : 'exact',
    inputCostUsd: inputCost(billed === null ? uncachedSplit(inputTokens) : splitOf(billed), price),
    outputCostUsd: billed === null ? null : outputCost(billed, price),
  };
}

/** The exact text of a segment of `attribute`, from the same body. */
export function segmentText(body: unknown, text: string, { path, start, end }: Segment): string {
  return (path === '' ? text : textOf(atPointer(body, path))).slice(start, end);
}

function solve(pieces: readonly WeighedPiece[], billed: Usage | null, solution: Solution | null): Solution {
  if (billed === null) return estimatedSolution(pieces);
  const bill = billedInput(billed);
  return solution !== null && fits(solution, pieces, bill) ? solution : scaledSolution(pieces, bill);
}

function splitOf({ uncached, cacheRead, cacheWrite5m, cacheWrite1h }: Usage): CacheSplit {
  return { uncached, read: cacheRead, write5m: cacheWrite5m, write1h: cacheWrite1h };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
