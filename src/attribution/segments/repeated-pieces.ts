import { isRecord, type JsonRecord } from '../../base/json.js';
import type { Piece } from './piece.js';

/** The pieces that a message had in the last body with it. A message that a body repeats is the same object (base/repeated-json.ts). */
const lastPieces = new WeakMap<JsonRecord, readonly Piece[]>();

/**
 * The pieces of a message. A piece that is equal to one of the last body is replaced by that one, so that its hash, estimate and
 * kind, which depend only on the piece, are computed once.
 */
export function repeatedPieces(message: unknown, pieces: readonly Piece[]): readonly Piece[] {
  if (!isRecord(message)) return pieces;
  const before = lastPieces.get(message);
  const repeated = before === undefined ? pieces : pieces.map((piece, index) => repeatedPiece(piece, before[index]));
  lastPieces.set(message, repeated);
  return repeated;
}

function repeatedPiece(piece: Piece, before: Piece | undefined): Piece {
  return before !== undefined && isEqual(piece, before) ? before : piece;
}

function isEqual(a: Piece, b: Piece): boolean {
  return (
    a.start === b.start &&
    a.end === b.end &&
    a.source === b.source &&
    a.part === b.part &&
    a.detail === b.detail &&
    a.role === b.role &&
    a.fixedTokens === b.fixedTokens &&
    a.unread === b.unread &&
    a.path === b.path &&
    a.content === b.content
  );
}
