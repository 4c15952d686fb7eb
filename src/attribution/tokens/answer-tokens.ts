import type { AssembledMessage } from '../../model/message.js';
import type { ThreadContext } from '../../model/segment.js';
import { type Budget, UNLIMITED } from '../budget.js';
import { type WeighedPiece, weighRequest } from './weigh.js';

/** The pieces of an answer as the next request will hold it. Results of server-side tools are input, not output. */
export function answerPieces(
  { content }: AssembledMessage,
  context: ThreadContext,
  budget: Budget = UNLIMITED,
): WeighedPiece[] {
  const next = { messages: [{ role: 'assistant', content }] };
  return weighRequest(next, '', context, budget).filter(({ part }) => part !== 'result');
}

/** Estimated tokens of text, thinking and tool input. */
export function estimateAnswer(message: AssembledMessage, context: ThreadContext, budget: Budget = UNLIMITED): number {
  return answerPieces(message, context, budget).reduce((sum, { estimatedTokens }) => sum + estimatedTokens, 0);
}
