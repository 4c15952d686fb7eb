import { isRecord } from '../../base/json.js';
import type { ThreadContext } from '../../model/segment.js';
import { type Budget, UNLIMITED } from '../budget.js';
import { readConversation } from './conversation.js';
import { label, type Piece, wholePiece } from './piece.js';
import { segmentMessages } from './segment-messages.js';
import { segmentSystem } from './segment-system.js';
import { segmentTools } from './segment-tools.js';

/**
 * Everything the model reads of a request, in cache order: tools, system, messages. Deferred tool definitions come where
 * the conversation loads them; empty strings give no piece. A body that is not a JSON object is one unknown piece with the
 * path ''.
 *
 * @throws {AttributionOverBudgetError} when the budget is used up
 */
export function segmentRequest(
  body: unknown,
  text: string,
  thread: ThreadContext,
  budget: Budget = UNLIMITED,
): Piece[] {
  if (!isRecord(body)) return text === '' ? [] : [unknownBody(text)];
  const conversation = readConversation(body, thread, budget);
  const tools = segmentTools(body.tools, conversation);
  const system = segmentSystem(body.system, conversation);
  const messages = segmentMessages(body.messages, conversation, tools.deferred);
  // The model does not read definitions that no reference has loaded.
  const unread = [...tools.deferred.values()].flat().map((piece) => ({ ...piece, unread: 'deferred' as const }));
  return [...tools.pieces, ...unread, ...system, ...messages].filter(({ content }) => content !== '');
}

export function unknownBody(text: string): Piece {
  return wholePiece('', 'unknown', text, label('unknown', 'text'));
}
