import { createHash } from 'node:crypto';
import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import { stableText } from './stable-text.js';

export type Endpoint = 'messages' | 'count_tokens';

/** The parts that identify a request among those of a conversation, without those that differ between two runs. */
export interface RequestShape {
  endpoint: Endpoint;
  model: string | null;
  maxTokens: number | null;
  /** Names, sorted; null if the recorded request does not have them, as in transcripts. */
  tools: readonly string[] | null;
  /** Hash of what the model reads of the definitions of tools; other fields depend on the account. */
  definitions: string;
  /** Hash. It tells side calls from each other; its environment and date are volatile, so it is no difference. */
  system: string;
  /** Messages joined by role, without mid-conversation `system` messages. */
  turns: readonly Turn[];
}

export interface Turn {
  role: 'user' | 'assistant';
  /** Hash of the whole turn. Results of parallel calls come in any order. */
  hash: string;
  /** Ids of the `tool_use` blocks, or of the results, sorted. They come from the answers, so they repeat. */
  callIds: readonly string[];
  /** Tools whose results it has, in the order of `callIds`. */
  tools: readonly string[];
  /** Words of its texts; none if calls identify the turn. */
  words: ReadonlySet<string>;
  /** The end of its last text. */
  preview: string;
}

/** Enough to recognize a text. */
const MAX_WORDS = 400;

const PREVIEW_LENGTH = 60;

/** Turns by the hash of their blocks. Requests share them: each repeats the conversation before it. */
export type KnownTurns = Map<string, Turn>;

/** @param body parsed @param known turns of other requests of the session; gets those of this one */
export function shapeOf(endpoint: Endpoint, body: JsonRecord, known: KnownTurns = new Map()): RequestShape {
  const tools = recordsOf(body.tools);
  const definitions = tools.map(({ name, description, input_schema }) =>
    JSON.stringify([name, description, input_schema]),
  );
  return {
    endpoint,
    model: stringOf(body.model),
    maxTokens: typeof body.max_tokens === 'number' ? body.max_tokens : null,
    tools: tools.flatMap(({ name, type }) => stringOf(name) ?? stringOf(type) ?? []).toSorted(),
    // Servers of MCP connect in any order.
    definitions: hashOf(definitions.toSorted()),
    // So do their instructions.
    system: hashOf(systemLines(body.system).toSorted()),
    turns: turnsOf(recordsOf(body.messages), known),
  };
}

function systemLines(system: unknown): string[] {
  const texts = typeof system === 'string' ? [system] : recordsOf(system).map(({ text }) => stringOf(text) ?? '');
  return texts
    .filter((text) => !text.startsWith('x-anthropic-billing-header:'))
    .flatMap((text) => text.split('\n'))
    .map(stableText);
}

function turnsOf(messages: readonly JsonRecord[], known: KnownTurns): Turn[] {
  const toolOf = new Map<string, string>();
  const turns: { role: Turn['role']; blocks: unknown[] }[] = [];
  for (const { role, content } of messages) {
    if (role !== 'user' && role !== 'assistant') continue;
    const blocks = Array.isArray(content) ? content : [{ type: 'text', text: content }];
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks });
  }
  return turns.map(({ role, blocks }) => {
    const key = hashOf([role, blocks]);
    const records = recordsOf(blocks);
    for (const { type, id, name } of records) {
      if (type === 'tool_use' && typeof id === 'string') toolOf.set(id, stringOf(name) ?? 'tool');
    }
    const turn = known.get(key) ?? turnOf(role, records, toolOf);
    known.set(key, turn);
    return turn;
  });
}

/** @param toolOf names of the tools that were called, by id */
function turnOf(role: Turn['role'], blocks: readonly JsonRecord[], toolOf: ReadonlyMap<string, string>): Turn {
  const calls: [id: string, content: unknown][] = [];
  const results = new Set<string>();
  const rest: unknown[] = [];
  const texts: string[] = [];
  for (const block of blocks) {
    const id = stringOf(block.id) ?? stringOf(block.tool_use_id);
    if (block.type === 'text') {
      const text = stableText(stringOf(block.text) ?? '');
      if (text !== '') texts.push(text);
    } else if (block.type === 'tool_use' && id !== null) {
      calls.push([id, [block.name, block.input]]);
    } else if (block.type === 'tool_result' && id !== null) {
      calls.push([id, [textsOf(block.content), block.is_error === true]]);
      results.add(id);
    } else if (block.type !== 'thinking' && block.type !== 'redacted_thinking') {
      rest.push(withoutMark(block));
    }
  }
  calls.sort(([a], [b]) => (a < b ? -1 : 1));
  const callIds = calls.map(([id]) => id);
  return {
    role,
    hash: hashOf([calls, texts, rest]),
    callIds,
    tools: callIds.filter((id) => results.has(id)).map((id) => toolOf.get(id) ?? 'tool'),
    words: wordsOf(callIds.length > 0 ? [] : texts),
    preview: texts.at(-1)?.slice(-PREVIEW_LENGTH) ?? '',
  };
}

function wordsOf(texts: readonly string[]): Set<string> {
  const words = new Set<string>();
  for (const text of texts) {
    for (const [word] of text.matchAll(/[\p{L}\p{N}_]+/gu)) {
      if (words.size >= MAX_WORDS) return words;
      words.add(word.toLowerCase());
    }
  }
  return words;
}

/** A text, or the texts of blocks; other blocks as their JSON. */
function textsOf(content: unknown): string[] {
  if (typeof content === 'string') return [stableText(content)].filter((text) => text !== '');
  return recordsOf(content)
    .map((block) =>
      block.type === 'text' ? stableText(stringOf(block.text) ?? '') : JSON.stringify(withoutMark(block)),
    )
    .filter((text) => text !== '');
}

/** The mark of the cache moves along a conversation. */
function withoutMark(block: unknown): unknown {
  if (!isRecord(block)) return block;
  const { cache_control: _mark, ...rest } = block;
  return rest;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
