import { atPointer } from '../base/json-location.js';
import type { Attribution, Segment, Solution, ThreadContext } from '../model/segment.js';
import { billedInput, isBill, type OutputKnown, type Usage } from '../model/usage.js';
import { type Budget, UNLIMITED } from './budget.js';
import { priceBill } from './cost/bill.js';
import { inputCost, splitOf, uncachedSplit, walkCache } from './cost/cache-split.js';
import type { PriceOverrides } from './cost/prices.js';
import { sharesOf } from './cost/shares.js';
import { textOf } from './text-of.js';
import { estimatedSolution, fits, remainderSolution, scaledSolution } from './tokens/scale.js';
import { type WeighedPiece, weighRequest } from './tokens/weigh.js';

/** To be raised whenever the same request would be attributed differently. */
export const ATTRIBUTION_VERSION = 7;

/** The context of a request of which only the body is known. */
export const EMPTY_CONTEXT: ThreadContext = { knownServers: [], agent: null };

/** What a request's attribution depends on besides its segments. */
export interface Bill {
  /** Null when nothing was billed: failed, aborted. */
  usage: Usage | null;
  /** The requested model. */
  model: string | null;
  /** Estimated output, for a bill without it; null where that is not known either. */
  estimatedOutput: number | null;
  /** The model that the answer names, or null. */
  answeredBy: string | null;
  /** Unix ms of the request: prices change. */
  at: number;
  thread: ThreadContext;
  /** Solved by the bills of its thread. When null or made by another version, its own bill is shared out by estimate. */
  solution: Solution | null;
  /** Hashes of the pieces of the request before it in its thread; null where that is not known. */
  before: readonly string[] | null;
  prices: PriceOverrides;
}

export interface AttributionInput extends Omit<Bill, 'before' | 'estimatedOutput' | 'answeredBy'> {
  /** Parsed request JSON; undefined when it is not JSON. */
  body: unknown;
  /** The request body as text. */
  text: string;
  /** Default: unlimited. */
  budget?: Budget;
}

/**
 * The source and the cost of every part of a request: segments in cache order that partition what the model reads, with
 * tokens that sum to the bill. Pure: the same input gives the same output. No body makes it throw.
 *
 * @throws {AttributionOverBudgetError} when `budget` is used up
 */
export function attribute({ body, text, budget = UNLIMITED, ...bill }: AttributionInput): Attribution {
  const input = { ...bill, estimatedOutput: null, answeredBy: null, before: null };
  return attributePieces(weighRequest(body, text, bill.thread, budget), body, input);
}

/** `attribute` for weighed pieces. */
export function attributePieces(
  pieces: readonly WeighedPiece[],
  body: unknown,
  { usage, model, answeredBy, estimatedOutput, at, thread, solution, before, prices: overrides }: Bill,
): Attribution {
  const billed = isBill(usage) ? usage : null;
  const solved = solve(pieces, billed, solution, thread);
  const inputTokens = billed === null ? sum(solved.tokens) : billedInput(billed);
  const splits = billed === null ? solved.tokens.map(uncachedSplit) : walkCache(solved.tokens, billed);
  const output = outputOf(billed, estimatedOutput);
  // Only billed requests have a cost: a client may ask an overloaded API ten times and pay once.
  const { prices: price, ...bill } =
    billed === null
      ? NOT_BILLED
      : priceBill({ usage: billed, output: output.tokens, body, model, answeredBy, at, overrides });
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
    output,
    ...bill,
  };
}

const NOT_BILLED = { prices: null, pricedAs: null, outputCostUsd: null, unpriced: [] };

function outputOf(billed: Usage | null, estimate: number | null): { tokens: number | null; known: OutputKnown } {
  if (billed !== null && billed.output !== null) return { tokens: billed.output, known: 'exact' };
  return { tokens: estimate, known: estimate === null ? 'unknown' : 'estimated' };
}

/** The exact text of a segment of `attribute`, from the same body. */
export function segmentText(body: unknown, text: string, { path, start, end }: Segment): string {
  return (path === '' ? text : textOf(atPointer(body, path))).slice(start, end);
}

function solve(
  pieces: readonly WeighedPiece[],
  billed: Usage | null,
  solution: Solution | null,
  { unrecorded }: ThreadContext,
): Solution {
  if (billed === null) return estimatedSolution(pieces);
  const bill = billedInput(billed);
  if (solution !== null && fits(solution, pieces, bill)) return solution;
  return unrecorded
    ? remainderSolution(
        pieces.map(({ estimatedTokens }) => estimatedTokens),
        bill,
      )
    : scaledSolution(pieces, bill);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
