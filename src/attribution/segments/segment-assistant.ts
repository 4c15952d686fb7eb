import { type JsonRecord, stringOr } from '../../base/json.js';
import { type Conversation, callOf } from './conversation.js';
import { label, type Piece, unknownPiece, wholePiece } from './piece.js';
import { segmentResult } from './segment-result.js';

const ROLE = 'assistant';
/** Signatures and encrypted thinking are not text: about one token for four of the bytes that the base64 encodes. */
const BASE64_CHARACTERS_PER_TOKEN = 16 / 3;

/** Pieces of one block of an assistant message: text, thinking, tool calls, and results of server-side tools. */
export function segmentAssistantBlock(
  block: JsonRecord,
  path: string,
  textPath: string,
  conversation: Conversation,
): Piece[] {
  const call = callOf(block, conversation.servers);
  if (call !== null) return [wholePiece(path, ROLE, block, call)];
  const { type } = block;
  if (type === 'text' && typeof block.text === 'string') {
    return [wholePiece(textPath, ROLE, block.text, label('assistant', 'text'))];
  }
  if (type === 'thinking' && typeof block.thinking === 'string' && block.thinking !== '') {
    return [wholePiece(`${path}/thinking`, ROLE, block.thinking, label('assistant', 'thinking'))];
  }
  if (type === 'thinking' || type === 'redacted_thinking') {
    const sealed = stringOr(block.data, stringOr(block.signature, ''));
    const tokens = Math.ceil(sealed.length / BASE64_CHARACTERS_PER_TOKEN);
    return [wholePiece(path, ROLE, block, label('assistant', 'thinking'), tokens)];
  }
  if (typeof block.tool_use_id === 'string') {
    return segmentResult(block, path, ROLE, conversation, { deferred: new Map(), tails: false });
  }
  return unknownPiece(path, ROLE, block);
}
