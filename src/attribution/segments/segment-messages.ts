import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import type { Budget } from '../budget.js';
import type { RuleContext } from '../rules/rule.js';
import { textsOf } from './body-parts.js';
import type { Conversation } from './conversation.js';
import { type Piece, piecesOf, UNMATCHED, unknownPiece } from './piece.js';
import { repeatedPieces } from './repeated-pieces.js';
import { labelAt } from './rule-match.js';
import { segmentAssistantBlock } from './segment-assistant.js';
import type { DeferredTools } from './segment-tools.js';
import { createUserSegmenter } from './segment-user.js';
import { splitHarnessText } from './split-text.js';

/** Pieces of one content block: `path` is the block's, `textPath` that of its text. */
type SegmentBlock = (block: JsonRecord, path: string, textPath: string) => Piece[];

/** Pieces of `messages`, in order; deferred definitions follow the tool_result that loads them. */
export function segmentMessages(messages: unknown, conversation: Conversation, deferred: DeferredTools): Piece[] {
  if (!Array.isArray(messages)) return unknownPiece('/messages', 'unknown', messages);
  const isUser = (message: unknown): message is JsonRecord => isRecord(message) && message.role === 'user';
  const last = messages.findLastIndex(isUser);
  const answer = messages.findIndex((message) => isRecord(message) && message.role === 'assistant');
  const opening = answer === -1 ? messages.length : answer;
  const opensWithSummary = messages
    .slice(0, opening)
    .flatMap((message) => (isUser(message) ? [...textsOf(message.content)] : []))
    .some((text) => labelAt(text, 0, 'opening', conversation) !== null);
  const user = createUserSegmenter(conversation, deferred, opensWithSummary);
  const segmenters: ReadonlyMap<string, SegmentBlock> = new Map([
    ['user', user.segmentBlock],
    ['assistant', (block, path, textPath) => segmentAssistantBlock(block, path, textPath, conversation)],
    ['system', (block, path, textPath) => segmentHarnessBlock(block, path, textPath, user.context())],
  ]);
  return messages.flatMap((message: unknown, index) => {
    if (isUser(message)) user.startMessage(message, { opening: index < opening, last: index === last });
    return repeatedPieces(message, segmentMessage(message, `/messages/${index}`, segmenters, conversation.budget));
  });
}

function segmentMessage(
  message: unknown,
  path: string,
  segmenters: ReadonlyMap<string, SegmentBlock>,
  budget: Budget,
): Piece[] {
  const role = isRecord(message) ? stringOr(message.role, 'unknown') : 'unknown';
  const segment = segmenters.get(role);
  if (!isRecord(message) || segment === undefined) return unknownPiece(path, role, message);
  const { content } = message;
  const at = `${path}/content`;
  if (typeof content === 'string') return segment({ type: 'text', text: content }, at, at);
  if (!Array.isArray(content)) return unknownPiece(path, role, message);
  return content.flatMap((block: unknown, index) => {
    const blockPath = `${at}/${index}`;
    budget.spend(blockPath.length);
    return isRecord(block) ? segment(block, blockPath, `${blockPath}/text`) : unknownPiece(blockPath, role, block);
  });
}

/** Messages with `role: system` are the harness's, in paragraphs without tags. */
function segmentHarnessBlock(block: JsonRecord, path: string, textPath: string, context: RuleContext): Piece[] {
  const { text } = block;
  if (block.type !== 'text' || typeof text !== 'string') return unknownPiece(path, 'system', block);
  const boundaries = splitHarnessText(
    { text, offset: 0, start: 0, end: text.length, place: 'message', base: UNMATCHED },
    context,
  );
  return piecesOf(textPath, 'system', text, boundaries);
}
