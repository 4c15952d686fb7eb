import type { Solution } from '../../model/segment.js';
import { apportion } from './apportion.js';
import { isOverhead, type WeighedPiece } from './weigh.js';

/** Without a bill: the estimates. */
export function estimatedSolution(pieces: readonly WeighedPiece[]): Solution {
  const tokens = pieces.map((piece) => piece.estimatedTokens);
  return { tokens, known: pieces.map(() => 'estimated'), cleared: [] };
}

/** With one bill only: shares of it by estimate. When all estimates are 0, the overhead gets the bill. */
export function scaledSolution(pieces: readonly WeighedPiece[], bill: number): Solution {
  const hasEstimates = pieces.some((piece) => piece.estimatedTokens > 0);
  const estimates = pieces.map((piece) => (hasEstimates || !isOverhead(piece) ? piece.estimatedTokens : 1));
  return { tokens: apportion(estimates, bill), known: pieces.map(() => 'scaled'), cleared: [] };
}

/**
 * For a request of which only the conversation was recorded. Pieces get their estimates, except for the first one, which
 * represents the rest of the request: it gets the remaining tokens of the bill.
 *
 * @param expected tokens of each piece
 */
export function remainderSolution(expected: readonly number[], bill: number): Solution {
  const own = expected.map((tokens, index) => (index === 0 ? 0 : Math.round(tokens)));
  const rest = bill - own.reduce((sum, tokens) => sum + tokens, 0);
  const tokens = rest < 0 ? apportion(own, bill) : [rest, ...own.slice(1)];
  return { tokens, known: expected.map(() => 'scaled'), cleared: [] };
}

/** Whether a solution fits these pieces and this bill, which one of another version may not. */
export function fits({ tokens, known }: Solution, pieces: readonly WeighedPiece[], bill: number): boolean {
  if (tokens.length !== pieces.length || known.length !== pieces.length) return false;
  return tokens.reduce((sum, count) => sum + count, 0) === bill;
}
