import { isRecord, type JsonRecord, parseJson, stringOf } from '../../base/json.js';
import type { AnswerProgress, GrowingBlock } from '../../model/progress.js';
import type { SseEvent } from '../../wire/index.js';
import { bounded } from '../limits.js';
import { mergeUsage, parseUsage, tellsOutput } from '../reply/usage.js';

/** Characters that are kept. Beyond the maximum they are trimmed to the minimum: seldom, so that the text does not move while it is read. */
const MIN_KEPT = 16 * 1024;
const MAX_KEPT = 2 * MIN_KEPT;

/** Characters after the cut that are not shown: a secret that was cut is not recognized by its end. */
const MARGIN = 4 * 1024;

/** The latest blocks, and characters of a block's name. */
const MAX_BLOCKS = 64;
const MAX_NAME_LENGTH = 256;

interface Draft extends GrowingBlock {
  index: number;
}

/** An answer while its events are received: its size, and its latest text. */
export interface GrowingAnswer {
  add(event: SseEvent): void;
  /** @param clean makes a growing text safe to show */
  soFar(clean: (text: string) => string): Omit<AnswerProgress, 'id'>;
}

export function createGrowingAnswer(): GrowingAnswer {
  let characters = 0;
  let usage: JsonRecord | null = null;
  let isFinal = false;
  let blocks: Draft[] = [];
  let kept = 0;
  let isCut = false;

  function grow(draft: Draft | undefined, text: string): void {
    characters += text.length;
    if (draft === undefined) return;
    draft.text += text;
    kept += text.length;
    if (kept > MAX_KEPT) trim(kept - MIN_KEPT);
  }

  function trim(excess: number): void {
    blocks = withoutFirst(blocks, excess).slice(-MAX_BLOCKS);
    kept -= excess;
    isCut = true;
  }

  function begin(index: number, start: JsonRecord): void {
    const type = bounded(stringOf(start.type) ?? 'unknown', MAX_NAME_LENGTH);
    const block = { index, type, name: bounded(stringOf(start.name), MAX_NAME_LENGTH), text: '' };
    blocks.push(block);
    if (blocks.length > MAX_BLOCKS) trim(blocks[0]?.text.length ?? 0);
    grow(block, pieceOf(start));
  }

  return {
    add({ data }) {
      const event = parseJson(data);
      if (!isRecord(event)) return;
      const index = typeof event.index === 'number' ? event.index : -1;
      if (event.type === 'message_start' && isRecord(event.message)) usage = mergeUsage(null, event.message.usage);
      if (event.type === 'message_delta') {
        usage = mergeUsage(usage, event.usage);
        isFinal ||= tellsOutput(event.usage);
      }
      if (event.type === 'content_block_start' && isRecord(event.content_block)) begin(index, event.content_block);
      if (event.type === 'content_block_delta' && isRecord(event.delta)) {
        grow(
          blocks.findLast((block) => block.index === index),
          pieceOf(event.delta),
        );
      }
    },
    soFar(clean) {
      const cleaned = blocks.map(({ type, name, text }) => ({ type, name, text: clean(text) }));
      return {
        characters,
        usage: parseUsage(usage, isFinal),
        blocks: isCut ? withoutFirst(cleaned, MARGIN) : cleaned,
        isCut,
      };
    },
  };
}

/** The text of a delta, or of the beginning of a block. */
function pieceOf({ text, thinking, partial_json }: JsonRecord): string {
  return stringOf(text) ?? stringOf(thinking) ?? stringOf(partial_json) ?? '';
}

/** The last block stays, even if it is empty then. */
function withoutFirst<Block extends GrowingBlock>(blocks: readonly Block[], characters: number): Block[] {
  let excess = characters;
  return blocks.flatMap((block, index) => {
    const cut = Math.min(excess, block.text.length);
    excess -= cut;
    const isGone = cut > 0 && cut === block.text.length && index < blocks.length - 1;
    return isGone ? [] : [cut === 0 ? block : { ...block, text: block.text.slice(cut) }];
  });
}
