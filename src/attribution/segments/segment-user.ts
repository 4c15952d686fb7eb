import { type JsonRecord, stringOr } from '../../base/json.js';
import { blocksOf, textsOf } from './body-parts.js';
import type { Conversation } from './conversation.js';
import { mentionsIn, NO_MENTIONS, nameOf } from './mentions.js';
import { type Label, label, type Piece, piecesOf, unknownPiece, wholePiece } from './piece.js';
import { isReminderBlock } from './reminder-tags.js';
import { splitLeadingReminders } from './reminders.js';
import { segmentResult, weightOf } from './segment-result.js';
import type { DeferredTools } from './segment-tools.js';
import { createPromptReader, type MessagePlace } from './user-prompt.js';

const ROLE = 'user';
const RESOURCE_START = /^<system-reminder>\nFull contents of resource:\s*<\/system-reminder>\s*$/;
const RESOURCE_END = /^<system-reminder>\nDo NOT read this resource again/;

/** Segments user messages in order: a block's label can depend on the blocks before it. */
export interface UserSegmenter {
  startMessage(message: JsonRecord, place: MessagePlace): void;
  /** `path` is the block's, `textPath` that of its text. */
  segmentBlock(block: JsonRecord, path: string, textPath: string): Piece[];
  /** The conversation up to the last block. */
  context(): Conversation;
}

/**
 * @param deferred definitions that a `tool_reference` in a tool_result loads; loaded ones are removed
 * @param opensWithSummary a compaction's summary is among the first texts; 2.1.150 restores files before it
 */
export function createUserSegmenter(
  conversation: Conversation,
  deferred: DeferredTools,
  opensWithSummary: boolean,
): UserSegmenter {
  const prompts = createPromptReader(conversation);
  let restoring = opensWithSummary;
  /** Number of prompts so far. */
  let typedTexts = 0;
  /** Documents that results of tools have announced. */
  let documents: Label[] = [];
  let tails = false;
  let here: Conversation = conversation;
  let mentions = NO_MENTIONS;
  /** Number of mentioned resources so far: they follow in the order of their mentions. */
  let resources = 0;

  const readContext = (answered: boolean): void => {
    here = {
      ...conversation,
      restoring,
      answered,
      isRestored: (file) =>
        restoring || (opensWithSummary && typedTexts < 2 && file !== null && !mentions.files.has(nameOf(file))),
      mentionedServer() {
        const server = mentions.servers[resources] ?? mentions.servers.at(-1) ?? null;
        resources += 1;
        return server;
      },
    };
  };
  readContext(false);

  const context = (): Conversation => here;

  /** The resource that the last block announced: older models get its text in reminders behind it. */
  let resource: Label | null = null;

  const segmentText = (text: string, path: string): Piece[] => {
    if (resource !== null && isReminderBlock(text)) {
      const piece = piecesOf(path, ROLE, text, [{ start: 0, label: resource }]);
      if (RESOURCE_END.test(text)) resource = null;
      return piece;
    }
    const { boundaries, rest } = splitLeadingReminders(text, conversation.reminderBlocks, context());
    const typed = rest < text.length ? prompts.read(text, rest, context()) : [];
    resource = RESOURCE_START.test(text) ? (boundaries[0]?.label ?? null) : null;
    const wasRestoring = restoring;
    if (typed.some((boundary) => boundary.label.source === 'framework:compaction')) restoring = true;
    if (typed.some((boundary) => boundary.label.source === 'user')) {
      restoring = false;
      typedTexts += 1;
    }
    if (restoring !== wasRestoring) readContext(here.answered);
    return piecesOf(path, ROLE, text, [...boundaries, ...typed]);
  };

  return {
    context,

    startMessage(message, place) {
      const blocks = blocksOf(message);
      const texts =
        typeof message.content === 'string'
          ? [message.content]
          : blocks.map((block) => (block.type === 'text' ? stringOr(block.text, '') : ''));
      prompts.startMessage(
        texts.filter((text) => text !== '' && !isReminderBlock(text)),
        place,
        blocks.some(({ type }) => type === 'tool_result'),
      );
      mentions = mentionsIn(texts, conversation.knownServer);
      resources = 0;
      resource = null;
      documents = [];
      readContext(!place.opening);
      // Reminders behind a result are either all joined to its end or all blocks of their own.
      tails =
        !conversation.systemMessages &&
        !texts.some((text, index) => isReminderBlock(text) && blocks[index - 1]?.type === 'tool_result');
    },

    segmentBlock(block, path, textPath) {
      if (block.type === 'text' && typeof block.text === 'string') return segmentText(block.text, textPath);
      if (typeof block.tool_use_id === 'string') {
        const call = conversation.calls.get(block.tool_use_id);
        if (call !== undefined && block.is_error !== true) {
          prompts.expectBody(call.source);
          if (announcesDocument(block)) documents.push({ ...call, part: 'document' });
        }
        return segmentResult(block, path, ROLE, conversation, { deferred, tails });
      }
      const attached = (block.type === 'document' ? documents.shift() : undefined) ?? attachmentLabel(block);
      return attached === null
        ? unknownPiece(path, ROLE, block)
        : [wholePiece(path, ROLE, block, attached, weightOf(block))];
    },
  };
}

/** A PDF follows the result of the call that read it in a block of its own (2.1.197). */
function announcesDocument({ content }: JsonRecord): boolean {
  const [first] = textsOf(content);
  return first?.startsWith('PDF file read: ') === true;
}

function attachmentLabel(block: JsonRecord): Label | null {
  if (block.type === 'image') return label('user', 'image');
  return block.type === 'document' ? label('user', 'document', stringOr(block.title, null)) : null;
}
