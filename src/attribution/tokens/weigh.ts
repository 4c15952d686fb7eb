import type { ThreadContext } from '../../model/segment.js';
import { UNRECORDED } from '../../model/source.js';
import { type Budget, UNLIMITED } from '../budget.js';
import { label, type Piece, wholePiece } from '../segments/piece.js';
import { segmentRequest, unknownBody } from '../segments/segment-request.js';
import { estimateText, hashText, type TextEstimate } from './estimate-tokens.js';
import { kindOf, type TokenKind } from './token-kind.js';

/** A piece with its estimate. */
export interface WeighedPiece extends Piece {
  /** Hex SHA-256 of its content. */
  hash: string;
  /** 0 for pieces that the model does not read. */
  estimatedTokens: number;
  /** The part of the tokens about which tokenizers differ most: foreign script, and dense runs. */
  foreign: number;
  dense: number;
  kind: TokenKind;
  /** Content of the same kind has the same key. */
  key: string;
}

/**
 * What the API adds by itself, such as its instructions for the use of tools. It is not on the wire; it opens every request
 * and has no tokens until bills prove that it exists.
 */
const OVERHEAD = weigh(wholePiece('', 'system', '', label('framework:overhead', 'overhead')), UNLIMITED);

/** In a request from a transcript without system prompt and tools: all that the bill counts beyond the conversation. */
const REST = weigh(wholePiece('', 'system', '', label(UNRECORDED, 'overhead')), UNLIMITED);

export function isOverhead(piece: Piece): boolean {
  return piece.part === 'overhead';
}

/**
 * The pieces of a request in cache order with their estimates, the overhead first. No body makes it throw.
 *
 * @throws {AttributionOverBudgetError} when the budget is used up
 */
export function weighRequest(
  body: unknown,
  text: string,
  thread: ThreadContext,
  budget: Budget = UNLIMITED,
): WeighedPiece[] {
  const pieces = segmentOrGiveUp(body, text, thread, budget);
  return [thread.unrecorded ? REST : OVERHEAD, ...pieces.map((piece) => weigh(piece, budget))];
}

/** Changes the piece itself: copies would cost more than everything else here. */
function weigh(piece: Piece, budget: Budget): WeighedPiece {
  if (isWeighed(piece)) return piece;
  budget.spend(piece.content.length);
  const hash = hashText(piece.content);
  const { tokens, foreign, dense } = estimateOf(piece, hash, budget);
  const kind = kindOf(piece);
  return Object.assign(piece, { hash, estimatedTokens: tokens, foreign, dense, kind, key: `${kind} ${hash}` });
}

/** As a piece of an earlier body. One that is not read may be a copy of one that is. */
function isWeighed(piece: Piece): piece is WeighedPiece {
  return piece.unread === null && 'hash' in piece;
}

function estimateOf({ content, fixedTokens, unread }: Piece, hash: string, budget: Budget): TextEstimate {
  if (unread !== null) return { tokens: 0, foreign: 0, dense: 0 };
  return fixedTokens === null ? estimateText(content, hash, budget) : { tokens: fixedTokens, foreign: 0, dense: 0 };
}

/** JSON nested deeper than the stack cannot be serialised: one unknown piece, like a body that is not JSON. */
function segmentOrGiveUp(body: unknown, text: string, thread: ThreadContext, budget: Budget): Piece[] {
  try {
    return segmentRequest(body, text, thread, budget);
  } catch (error) {
    if (error instanceof RangeError) return [unknownBody(text)];
    throw error;
  }
}
