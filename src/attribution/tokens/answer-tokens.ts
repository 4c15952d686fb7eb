import type { AssembledMessage } from '../../model/message.js';
import type { ThreadContext } from '../../model/segment.js';
import { type Budget, UNLIMITED } from '../budget.js';
import { type WeighedPiece, weighRequest } from './weigh.js';

/**
 * The pieces that an answer will be in the next request. What server-side tools found is input, not output.
 */
export function answerPieces(
  { content }: AssembledMessage,
  context: ThreadContext,
  budget: Budget = UNLIMITED,
): WeighedPiece[] {
  const next = { messages: [{ role: 'assistant', content }] };
  return weighRequest(next, '', context, budget).filter(({ part }) => part !== 'result');
}

/** Tokens of text, thinking and tool input, by estimate. */
export function estimateAnswer(message: AssembledMessage, context: ThreadContext, budget: Budget = UNLIMITED): number {
  return answerPieces(message, context, budget).reduce((sum, { estimatedTokens }) => sum + estimatedTokens, 0);
}
