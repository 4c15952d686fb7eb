import type { Conversation } from './conversation.js';
import { documentTokens } from './document-tokens.js';
import { imageTokens } from './image-tokens.js';
import { isObject, type JsonObject, stringOr } from './json.js';
import { type Label, label, type Piece, piecesOf, wholePiece } from './piece.js';
import { cutTailReminders } from './reminders.js';
import type { DeferredTools } from './segment-tools.js';

/**
 * Pieces of a tool_result, client-side or server-side: they belong to the tool of the call with its `tool_use_id`, but for
 * reminders of the harness at its tail. Failed calls (`is_error`) too. `deferred`: definitions a `tool_reference` loads.
 */
export function segmentResult(
  block: JsonObject,
  path: string,
  role: string,
  conversation: Conversation,
  deferred: DeferredTools = new Map(),
): Piece[] {
  const call = conversation.calls.get(stringOr(block.tool_use_id, ''));
  const what: Label = call === undefined ? label('unknown', 'result') : { ...call, part: 'result' };
  const { content } = block;
  if (typeof content === 'string' && content !== '') {
    return resultText(`${path}/content`, role, content, what, conversation);
  }
  if (!Array.isArray(content) || content.length === 0) return [wholePiece(path, role, block, what)];
  return content.flatMap((part: unknown, index) => {
    const at = `${path}/content/${index}`;
    if (!isObject(part)) return [wholePiece(at, role, part, what)];
    if (part.type === 'text' && typeof part.text === 'string') {
      return resultText(`${at}/text`, role, part.text, what, conversation);
    }
    if (part.type === 'tool_reference') return toolReference(part, at, role, conversation, deferred);
    return [wholePiece(at, role, part, what, weightOf(part))];
  });
}

/** Tokens of a block that is no text to tokenize; null for other blocks. */
export function weightOf(block: JsonObject): number | null {
  if (block.type === 'image') return imageTokens(block);
  if (block.type === 'document') return documentTokens(block);
  return null;
}

function resultText(path: string, role: string, text: string, what: Label, conversation: Conversation): Piece[] {
  return piecesOf(path, role, text, [{ start: 0, label: what }, ...cutTailReminders(text, conversation)]);
}

/** The API puts the definition in the reference's place; a second reference to a tool loads nothing. */
function toolReference(
  part: JsonObject,
  path: string,
  role: string,
  conversation: Conversation,
  deferred: DeferredTools,
): Piece[] {
  const name = stringOr(part.tool_name, '');
  const definition = deferred.get(name) ?? [];
  deferred.delete(name);
  return [wholePiece(path, role, part, label(conversation.toolSource(name), 'definition', name), 0), ...definition];
}
