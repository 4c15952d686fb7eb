import { isRecord, type JsonRecord, parseJson } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';

/** A content block while its deltas come in. */
export interface BlockDraft {
  readonly block: ContentBlock;
  /** Pieces of the JSON text of a tool's input. */
  readonly inputPieces: string[];
  add(delta: JsonRecord): void;
}

/** `start`: the `content_block` of content_block_start, or a whole block. */
export function draftBlock(start: unknown): BlockDraft {
  const fields = isRecord(start) ? start : {};
  const block: ContentBlock = { ...fields, type: typeof fields.type === 'string' ? fields.type : 'unknown' };
  const inputPieces: string[] = [];
  const citations = [...list(block.citations)];
  const unknown = [...list(block.unknown_deltas)];

  const add = (delta: JsonRecord): void => {
    switch (delta.type) {
      case 'text_delta':
        block.text = text(block.text) + text(delta.text);
        break;
      case 'thinking_delta':
        block.thinking = text(block.thinking) + text(delta.thinking);
        break;
      case 'signature_delta':
        // Comes whole: the API's own SDK sets it, too.
        block.signature = delta.signature;
        break;
      case 'citations_delta':
        citations.push(delta.citation);
        block.citations = citations;
        break;
      case 'input_json_delta':
        inputPieces.push(text(delta.partial_json));
        break;
      default:
        unknown.push(delta);
        block.unknown_deltas = unknown;
    }
  };
  return { block, inputPieces, add };
}

/** Tool input as the value its JSON text stands for; the text itself when it is cut or not JSON. */
export function finishBlock({ block, inputPieces }: BlockDraft): ContentBlock {
  const json = inputPieces.join('');
  if (json === '') return block;
  const input = parseJson(json);
  return { ...block, input: input === undefined ? json : input };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
