import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import { documentTokens, imageTokens } from '../tokens/media-tokens.js';
import type { Conversation } from './conversation.js';
import { type Label, label, type Piece, piecesOf, wholePiece } from './piece.js';
import { isReminderBlock } from './reminder-tags.js';
import { splitTailReminders } from './reminders.js';
import { labelAt } from './rule-match.js';
import type { DeferredTools } from './segment-tools.js';

/** What the message around a tool_result decides. */
interface ResultPlace {
  /** Definitions that a `tool_reference` loads. */
  deferred: DeferredTools;
  /** Reminders at its end count; otherwise only those that come with a read file. */
  tails: boolean;
}

/**
 * Pieces of a tool_result, client-side or server-side: they belong to the tool of the call with its `tool_use_id`, except
 * for reminders of the harness at its tail, and a failed call (`is_error`) that a hook has refused.
 */
export function segmentResult(
  block: JsonRecord,
  path: string,
  role: string,
  conversation: Conversation,
  { deferred, tails }: ResultPlace,
): Piece[] {
  const call = conversation.calls.get(stringOr(block.tool_use_id, ''));
  const what: Label = call === undefined ? label('unknown', 'result') : { ...call, part: 'result' };
  const { content } = block;
  const segmentText = (text: string, textPath: string): Piece[] => {
    const refused = block.is_error === true ? labelAt(text, 0, 'failure', conversation) : null;
    const tail = splitTailReminders(text, tails ? 'tail' : 'file-tail', conversation);
    return piecesOf(textPath, role, text, [{ start: 0, label: refused ?? what }, ...tail]);
  };
  if (typeof content === 'string' && content !== '') return segmentText(content, `${path}/content`);
  if (!Array.isArray(content) || content.length === 0) return [wholePiece(path, role, block, what)];
  // The harness adds blocks at the end only.
  const lastOwn = content.findLastIndex(
    (part: unknown) => !(isRecord(part) && isReminderBlock(stringOr(part.text, ''))),
  );
  return content.flatMap((part: unknown, index) => {
    const at = `${path}/content/${index}`;
    if (!isRecord(part)) return [wholePiece(at, role, part, what)];
    if (part.type === 'text' && typeof part.text === 'string') {
      const textPath = `${at}/text`;
      return index < lastOwn ? [wholePiece(textPath, role, part.text, what)] : segmentText(part.text, textPath);
    }
    if (part.type === 'tool_reference') return toolReference(part, at, role, conversation, deferred);
    return [wholePiece(at, role, part, what, weightOf(part))];
  });
}

/** Tokens of an image or a document; null for other blocks. */
export function weightOf(block: JsonRecord): number | null {
  if (block.type === 'image') return imageTokens(block);
  if (block.type === 'document') return documentTokens(block);
  return null;
}

/** The API replaces the reference by the definition; a second reference to a tool loads nothing. */
function toolReference(
  part: JsonRecord,
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
