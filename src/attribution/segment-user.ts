import type { Conversation } from './conversation.js';
import { isObject, type JsonObject, stringOr } from './json.js';
import { type Label, label, type Piece, piecesOf, unknownPiece, wholePiece } from './piece.js';
import { cutLeadingReminders } from './reminders.js';
import { segmentResult, weightOf } from './segment-result.js';
import type { DeferredTools } from './segment-tools.js';
import { createPromptReader } from './user-prompt.js';

const ROLE = 'user';

/** Segments user messages in order: what a block is can hang on the ones before it. */
export interface UserSegmenter {
  startMessage(message: JsonObject): void;
  /** `path` is the block's, `textPath` that of its text. */
  segmentBlock(block: JsonObject, path: string, textPath: string): Piece[];
}

/** `deferred`: definitions that a `tool_reference` in a tool_result loads; loaded ones are taken out. */
export function createUserSegmenter(conversation: Conversation, deferred: DeferredTools): UserSegmenter {
  const prompts = createPromptReader(conversation);

  const segmentText = (text: string, path: string): Piece[] => {
    const { cuts, rest } = cutLeadingReminders(text, conversation);
    return piecesOf(path, ROLE, text, rest < text.length ? [...cuts, ...prompts.cut(text, rest)] : cuts);
  };

  return {
    startMessage({ content }) {
      if (Array.isArray(content) && content.some((block) => isObject(block) && block.type === 'tool_result')) {
        prompts.forgetSkills();
      }
    },

    segmentBlock(block, path, textPath) {
      if (block.type === 'text' && typeof block.text === 'string') return segmentText(block.text, textPath);
      if (typeof block.tool_use_id === 'string') {
        const call = conversation.calls.get(block.tool_use_id);
        if (call?.source.startsWith('skill:') === true && block.is_error !== true) prompts.expectSkill(call.source);
        return segmentResult(block, path, ROLE, conversation, deferred);
      }
      const attached = attachmentLabel(block);
      return attached === null
        ? unknownPiece(path, ROLE, block)
        : [wholePiece(path, ROLE, block, attached, weightOf(block))];
    },
  };
}

function attachmentLabel(block: JsonObject): Label | null {
  if (block.type === 'image') return label('user', 'image');
  return block.type === 'document' ? label('user', 'document', stringOr(block.title, null)) : null;
}
