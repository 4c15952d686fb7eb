import { isRecord, type JsonRecord, parseJson, stringOf } from '../../base/json.js';
import type { AnswerProgress, GrowingBlock } from '../../model/progress.js';
import type { SseEvent } from '../../wire/index.js';
import { bounded } from '../limits.js';
import { mergeUsage, parseUsage, tellsOutput } from '../reply/usage.js';

/** Characters that are kept at least, and at most: trimmed seldom, the text does not move under who reads it. */
const KEPT = 16 * 1024;
const MOST_KEPT = 2 * KEPT;

/** Characters behind the cut that are not shown: a secret that the cut went through is not known by its end. */
const MARGIN = 4 * 1024;

/** Blocks, the latest; and characters of what names one. */
const MAX_BLOCKS = 64;
const LONGEST_NAME = 256;

interface Draft extends GrowingBlock {
  index: number;
}

/** An answer while its events come in: how much it is, and the last of it. */
export interface GrowingAnswer {
  add(event: SseEvent): void;
  /** @param clean makes a text that still grows safe to show */
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
    if (kept > MOST_KEPT) trim(kept - KEPT);
  }

  function trim(excess: number): void {
    blocks = withoutFirst(blocks, excess).slice(-MAX_BLOCKS);
    kept -= excess;
    isCut = true;
  }

  function begin(index: number, start: JsonRecord): void {
    const type = bounded(stringOf(start.type) ?? 'unknown', LONGEST_NAME);
    const block = { index, type, name: bounded(stringOf(start.name), LONGEST_NAME), text: '' };
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

/** What a delta, or the beginning of a block, says. */
function pieceOf({ text, thinking, partial_json }: JsonRecord): string {
  return stringOf(text) ?? stringOf(thinking) ?? stringOf(partial_json) ?? '';
}

/** The last block stays, however short it is left. */
function withoutFirst<Block extends GrowingBlock>(blocks: readonly Block[], characters: number): Block[] {
  let excess = characters;
  return blocks.flatMap((block, index) => {
    const cut = Math.min(excess, block.text.length);
    excess -= cut;
    const isGone = cut > 0 && cut === block.text.length && index < blocks.length - 1;
    return isGone ? [] : [cut === 0 ? block : { ...block, text: block.text.slice(cut) }];
  });
}
