import type { ThreadContext } from '../model/segment.js';
import { readConversation } from './conversation.js';
import { isObject } from './json.js';
import { label, type Piece, wholePiece } from './piece.js';
import { segmentMessages } from './segment-messages.js';
import { segmentSystem } from './segment-system.js';
import { segmentTools } from './segment-tools.js';

/**
 * Everything the model reads of a request, in cache order: tools, system, messages. Deferred tool definitions stand where
 * the conversation loads them. A body that is no JSON object is one unknown piece over its text, with the path ''.
 */
export function segmentRequest(body: unknown, text: string, thread: ThreadContext): Piece[] {
  if (!isObject(body)) return text === '' ? [] : [unknownBody(text)];
  const conversation = readConversation(body, thread);
  const tools = segmentTools(body.tools, conversation);
  const system = segmentSystem(body.system, conversation);
  const messages = segmentMessages(body.messages, conversation, tools.deferred);
  return [...tools.pieces, ...system, ...messages];
}

export function unknownBody(text: string): Piece {
  return wholePiece('', 'unknown', text, label('unknown', 'text'));
}
