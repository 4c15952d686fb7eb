import type { Solution } from '../../model/segment.js';
import { shareOut } from './share-out.js';
import { isOverhead, type WeighedPiece } from './weigh.js';

/** Without a bill: the estimates as they are. */
export function estimatedSolution(pieces: readonly WeighedPiece[]): Solution {
  const tokens = pieces.map((piece) => piece.estimatedTokens);
  return { tokens, known: pieces.map(() => 'estimated'), cleared: [] };
}

/** With a bill alone: its shares by estimate. A bill for nothing that weighs anything is what the API adds by itself. */
export function scaledSolution(pieces: readonly WeighedPiece[], bill: number): Solution {
  const weighs = pieces.some((piece) => piece.estimatedTokens > 0);
  const estimates = pieces.map((piece) => (weighs || !isOverhead(piece) ? piece.estimatedTokens : 1));
  return { tokens: shareOut(estimates, bill), known: pieces.map(() => 'scaled'), cleared: [] };
}

/** Whether a solution is one of these pieces and this bill: made by another version it may not be. */
export function fits({ tokens, known }: Solution, pieces: readonly WeighedPiece[], bill: number): boolean {
  if (tokens.length !== pieces.length || known.length !== pieces.length) return false;
  return tokens.reduce((sum, count) => sum + count, 0) === bill;
}
