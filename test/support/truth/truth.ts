import { isRecord, type JsonRecord } from '../../../src/base/json.js';
import { createMeter, type Meter } from '../../../src/scripted/bill.js';
import { answerTokens, type BilledBlock, billedBlocks } from './billed-blocks.js';
import type { Rates } from './rates.js';
import { countO200k } from './tokenizer.js';

/** A segment as anyone sees it: where it stands and its exact text. */
export interface PlacedText {
  path: string;
  text: string;
}

/** An API that bills by rates of its own and knows what every part of a body truly costs. */
export interface Biller {
  meter: Meter;
  /**
   * True tokens of each segment of a body, fractions where several share a block: by o200k of their texts, and the framing of
   * the block for the first one. A segment that is in no billed block costs nothing; the one with the path '' is what the API adds by itself.
   */
  truthOf(body: JsonRecord, segments: readonly PlacedText[]): number[];
  /** `context_management` of the reply: what was cleared before counting. */
  editsOf(body: JsonRecord): JsonRecord | null;
}

export function createBiller(rates: Rates): Biller {
  const blocksOf = (body: JsonRecord): BilledBlock[] => billedBlocks(body, rates, clearedBy(body, rates));
  return {
    meter: createMeter({ weighInput: blocksOf, weighOutput: (content) => answerTokens(content, rates) }),

    truthOf(body, segments) {
      const blocks = new Map(blocksOf(body).map((block) => [block.path, block]));
      const owners = segments.map(({ path }) => ownerOf(path, blocks));
      const weights = segments.map(({ text }) => countO200k(text) || Number.MIN_VALUE);
      const totals = new Map<BilledBlock, number>();
      const opened = new Set<BilledBlock>();
      for (const [index, owner] of owners.entries()) {
        if (owner !== undefined) totals.set(owner, (totals.get(owner) ?? 0) + (weights[index] ?? 0));
      }
      return owners.map((owner, index) => {
        if (owner === undefined) return 0;
        const frame = opened.has(owner) ? 0 : owner.frame;
        opened.add(owner);
        return frame + ((owner.truth - owner.frame) * (weights[index] ?? 0)) / (totals.get(owner) ?? 1);
      });
    },

    editsOf(body) {
      const cleared = clearedBy(body, rates);
      if (cleared.size === 0) return null;
      const tokens = total(billedBlocks(body, rates)) - total(billedBlocks(body, rates, cleared));
      const edit = { type: CLEAR_TOOL_USES, cleared_tool_uses: cleared.size, cleared_input_tokens: tokens };
      return { applied_edits: [edit] };
    },
  };
}

/** The block that a segment stands in: the longest path above it. */
function ownerOf(path: string, blocks: ReadonlyMap<string, BilledBlock>): BilledBlock | undefined {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const block = blocks.get(at);
    if (block !== undefined && (at !== '' || path === '')) return block;
    if (at === '') return undefined;
  }
}

const CLEAR_TOOL_USES = 'clear_tool_uses_20250919';

/** Results that the API clears: all but the newest, once the request passes the trigger. */
function clearedBy(body: JsonRecord, rates: Rates): ReadonlySet<string> {
  const edits = isRecord(body.context_management) ? body.context_management.edits : undefined;
  const edit = Array.isArray(edits) ? edits.find((one) => isRecord(one) && one.type === CLEAR_TOOL_USES) : undefined;
  if (!isRecord(edit) || !isRecord(edit.trigger) || !isRecord(edit.keep)) return new Set();
  if (total(billedBlocks(body, rates)) <= Number(edit.trigger.value)) return new Set();
  const results = resultPaths(body, Array.isArray(edit.exclude_tools) ? edit.exclude_tools : []);
  return new Set(results.slice(0, Math.max(0, results.length - Number(edit.keep.value))));
}

function resultPaths(body: JsonRecord, excluded: readonly unknown[]): string[] {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  const kept = new Set<unknown>();
  return messages.flatMap((message: unknown, at) => {
    const content = isRecord(message) && Array.isArray(message.content) ? message.content : [];
    return content.flatMap((block: unknown, index: number) => {
      if (!isRecord(block)) return [];
      if (block.type === 'tool_use' && excluded.includes(block.name)) kept.add(block.id);
      const clears = block.type === 'tool_result' && !kept.has(block.tool_use_id);
      return clears ? [`/messages/${at}/content/${index}`] : [];
    });
  });
}

function total(blocks: readonly BilledBlock[]): number {
  return blocks.reduce((sum, { tokens }) => sum + tokens, 0);
}
