import type { Attribution, CacheSplit, Segment, ThreadContext } from '../model/segment.js';
import { billedInput, type Usage } from '../model/usage.js';
import { uncachedSplit, walkCache } from './cache-walk.js';
import { inputCost, outputCost } from './cost.js';
import { estimateTokens, hashText } from './estimate-tokens.js';
import { atPointer, textOf } from './json.js';
import { label, type Piece, wholePiece } from './piece.js';
import { type PriceOverrides, pricesFor } from './prices.js';
import { shareBill } from './reconcile.js';
import { segmentRequest, unknownBody } from './segment-request.js';
import { sharesOf } from './shares.js';

/** Raised whenever the same request would be attributed differently than before. */
export const ATTRIBUTION_VERSION = 1;

export interface AttributionInput {
  /** Parsed request JSON; undefined when it is not JSON. */
  body: unknown;
  /** The request body as text. */
  text: string;
  /** Null when nothing was billed: failed, aborted. */
  usage: Usage | null;
  model: string | null;
  thread: ThreadContext;
  prices: PriceOverrides;
}

/** A piece with its estimate. */
interface Weighed extends Piece {
  hash: string;
  estimatedTokens: number;
}

/**
 * Says where every part of a request came from, and what it costs: segments in cache order that partition what the model
 * reads, with tokens that sum to the bill. Pure: the same input gives the same output. No body makes it throw.
 */
export function attribute({ body, text, usage, model, thread, prices }: AttributionInput): Attribution {
  const billed = usage !== null && isWhole(usage) ? usage : null;
  const weighed = segmentOrGiveUp(body, text, thread).map(weigh);
  const estimates = weighed.map((piece) => piece.estimatedTokens);
  const estimate = estimates.reduce((sum, tokens) => sum + tokens, 0);
  const inputTokens = billed === null ? estimate : billedInput(billed);
  // A bill for nothing that weighs anything: what the API adds by itself.
  if (estimate === 0 && inputTokens > 0) {
    weighed.push(weigh(OVERHEAD));
    estimates.push(1);
  }
  const tokens = billed === null ? estimates : shareBill(estimates, inputTokens);
  const splits = billed === null ? tokens.map(uncachedSplit) : walkCache(tokens, billed);
  const price = pricesFor(model, inputTokens, prices);
  const known = billed === null ? 'estimated' : 'scaled';
  const segments = weighed.map(({ content: _, fixedTokens: __, ...piece }, index): Segment => {
    const cache = splits[index] ?? uncachedSplit(0);
    return { ...piece, tokens: tokens[index] ?? 0, known, cache, costUsd: inputCost(cache, price) };
  });
  return {
    version: ATTRIBUTION_VERSION,
    thread,
    segments,
    shares: sharesOf(segments),
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

const OVERHEAD = wholePiece('', 'unknown', '', label('framework:overhead', 'overhead'));

/** JSON nested deeper than the stack cannot be written out again: one unknown piece, like a body that is no JSON. */
function segmentOrGiveUp(body: unknown, text: string, thread: ThreadContext): Piece[] {
  try {
    return segmentRequest(body, text, thread);
  } catch (error) {
    if (error instanceof RangeError) return [unknownBody(text)];
    throw error;
  }
}

function weigh(piece: Piece): Weighed {
  const hash = hashText(piece.content);
  return { ...piece, hash, estimatedTokens: piece.fixedTokens ?? estimateTokens(piece.content, hash) };
}

/** Token counts that can be shared out: the API sends whole numbers; anything else is no bill. */
function isWhole(usage: Usage): boolean {
  return Object.values(splitOf(usage)).every((count) => Number.isSafeInteger(count) && count >= 0);
}

function splitOf({ uncached, cacheRead, cacheWrite5m, cacheWrite1h }: Usage): CacheSplit {
  return { uncached, read: cacheRead, write5m: cacheWrite5m, write1h: cacheWrite1h };
}
