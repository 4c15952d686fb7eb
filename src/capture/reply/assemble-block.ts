import { isRecord, type JsonRecord, parseJson, stringOr } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';

/** A content block while its deltas are added. */
export interface BlockDraft {
  readonly block: ContentBlock;
  /** Pieces of a tool's input as JSON text. */
  readonly inputPieces: string[];
  add(delta: JsonRecord): void;
}

/** @param start `content_block` of content_block_start, or a whole block */
export function draftBlock(start: unknown): BlockDraft {
  const fields = isRecord(start) ? start : {};
  const block: ContentBlock = { ...fields, type: stringOr(fields.type, 'unknown') };
  const inputPieces: string[] = [];
  const citations = [...list(block.citations)];
  const unknown = [...list(block.unknown_deltas)];

  const add = (delta: JsonRecord): void => {
    switch (delta.type) {
      case 'text_delta':
        block.text = stringOr(block.text, '') + stringOr(delta.text, '');
        break;
      case 'thinking_delta':
        block.thinking = stringOr(block.thinking, '') + stringOr(delta.thinking, '');
        break;
      case 'signature_delta':
        // Comes whole: the API's own SDK also sets it.
        block.signature = delta.signature;
        break;
      case 'citations_delta':
        citations.push(delta.citation);
        block.citations = citations;
        break;
      case 'input_json_delta':
        inputPieces.push(stringOr(delta.partial_json, ''));
        break;
      default:
        unknown.push(delta);
        block.unknown_deltas = unknown;
    }
  };
  return { block, inputPieces, add };
}

/** With tool input as its JSON value, or as text where it is cut or not JSON. */
export function finishBlock({ block, inputPieces }: BlockDraft): ContentBlock {
  const json = inputPieces.join('');
  if (json === '') return block;
  const input = parseJson(json);
  return { ...block, input: input === undefined ? json : input };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
