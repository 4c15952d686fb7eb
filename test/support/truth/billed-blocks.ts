import { isRecord, type JsonRecord } from '../../../src/base/json.js';
import type { ContentBlock } from '../../../src/model/message.js';
import type { BilledKind, Rates } from './rates.js';
import { countO200k } from './tokenizer.js';

/** A part of a body that the API counts as one, with its true tokens. */
export interface BilledBlock {
  /** JSON pointer of a string or a block; empty for what the API adds by itself. */
  path: string;
  /** Billed: content times its kind's factor, and the framing around it. */
  tokens: number;
  /** Of these, the framing around the block, which belongs to the segment that opens it. */
  frame: number;
  /** As `tokens`, but with a proportional part of the message's framing. */
  truth: number;
  content: string;
  /** Of the cache mark behind it; null without one. */
  ttl: string | null;
}

/** Everything that a request is billed for, in cache order. `cleared`: pointers of results that the API dropped first. */
export function billedBlocks(body: JsonRecord, rates: Rates, cleared: ReadonlySet<string> = new Set()): BilledBlock[] {
  const counter = counterOf(rates);
  const tools = listOf(body.tools).flatMap((tool, index) =>
    isRecord(tool) ? [{ tool, path: `/tools/${index}` }] : [],
  );
  const definition = ({ tool, path }: (typeof tools)[number]): CountedBlock => {
    const { cache_control: mark, defer_loading: _, ...rest } = tool;
    const content = JSON.stringify(rest);
    return {
      path,
      content,
      tokens: counter('definition', content) + rates.perTool,
      frame: rates.perTool,
      ttl: ttlOf(mark),
    };
  };
  const loadable = new Map(
    tools.filter(({ tool }) => tool.defer_loading === true).map((entry) => [entry.tool.name, entry]),
  );

  const resultBlocks = (block: JsonRecord, path: string): CountedBlock[] => {
    if (cleared.has(path)) return [{ path, content: 'cleared', tokens: 0, frame: 0, ttl: ttlOf(block.cache_control) }];
    if (typeof block.content === 'string') {
      const { content } = block;
      return [{ path, content, tokens: counter('result', content) + rates.perBlock, frame: rates.perBlock, ttl: null }];
    }
    const parts = listOf(block.content).flatMap((part, index): CountedBlock[] => {
      const at = `${path}/content/${index}`;
      if (!isRecord(part)) return [];
      if (part.type === 'tool_reference') {
        const loaded = loadable.get(part.tool_name);
        loadable.delete(part.tool_name);
        return loaded === undefined ? [] : [definition(loaded)];
      }
      if (part.type === 'image') return [imageBlock(part, at)];
      const content = typeof part.text === 'string' ? part.text : JSON.stringify(part);
      return [{ path: at, content, tokens: counter('result', content), frame: 0, ttl: null }];
    });
    const [first = { path, content: JSON.stringify(block), tokens: 0, frame: 0, ttl: null }, ...others] = parts;
    return [{ ...first, tokens: first.tokens + rates.perBlock, frame: first.frame + rates.perBlock }, ...others];
  };

  const messageBlocks = (message: JsonRecord, path: string): CountedBlock[] => {
    const at = `${path}/content`;
    if (typeof message.content === 'string') return [textBlock(message.content, at, message.role)];
    return listOf(message.content).flatMap((block, index): CountedBlock[] => {
      const blockPath = `${at}/${index}`;
      if (!isRecord(block)) return [];
      if (block.type === 'tool_result') return withMark(resultBlocks(block, blockPath), block);
      if (block.type === 'image') return withMark([imageBlock(block, blockPath)], block);
      if (block.type === 'text' && message.role !== 'assistant') {
        return withMark([textBlock(String(block.text), blockPath, message.role)], block);
      }
      const { tokens, content } = answerBlock(block, rates);
      return withMark([{ path: blockPath, tokens, frame: rates.perBlock, content, ttl: null }], block);
    });
  };

  const textBlock = (text: string, path: string, role: unknown): CountedBlock => {
    const kind = role === 'assistant' ? 'answer' : 'text';
    return { path, content: text, tokens: counter(kind, text) + rates.perBlock, frame: rates.perBlock, ttl: null };
  };

  const system = listOf(body.system).flatMap((block, index): CountedBlock[] => {
    const text = isRecord(block) ? String(block.text) : String(block);
    // The API drops this block before it counts.
    if (text.startsWith('x-anthropic-billing-header:')) return [];
    const path = isRecord(block) ? `/system/${index}` : '/system';
    const ttl = isRecord(block) ? ttlOf(block.cache_control) : null;
    return [{ path, content: text, tokens: counter('system', text) + rates.perBlock, frame: rates.perBlock, ttl }];
  });
  const loadedFromStart = tools.filter(({ tool }) => tool.defer_loading !== true).map(definition);
  const overhead: CountedBlock = {
    path: '',
    content: '',
    tokens: tools.length > 0 ? rates.tools : 0,
    frame: 0,
    ttl: null,
  };
  return [...[overhead, ...loadedFromStart, ...system].map(unframed), ...framed(body, messageBlocks, rates)];
}

/** Output tokens of an answer: what its blocks will cost as input, times the rates' share. */
export function answerTokens(content: readonly ContentBlock[], rates: Rates): number {
  const tokens = content.reduce((sum, block) => sum + answerBlock(block, rates).tokens, 0);
  return Math.max(1, Math.round(tokens * rates.outputShare));
}

/**
 * The frame of a message is billed with its first block, but belongs to all its blocks in proportion. The frame of an answer is
 * billed with the next message, as the model did not write it. A cleared message has none.
 */
function framed(
  body: JsonRecord,
  messageBlocks: (message: JsonRecord, path: string) => CountedBlock[],
  { perMessage }: Rates,
): BilledBlock[] {
  let frame = 0;
  return listOf(body.messages).flatMap((message, index) => {
    if (!isRecord(message)) return [];
    frame += perMessage;
    const blocks = messageBlocks(message, `/messages/${index}`);
    if (message.role === 'assistant') return blocks.map(unframed);
    const total = blocks.reduce((sum, { tokens }) => sum + tokens, 0);
    const around = total === 0 ? 0 : frame;
    frame = 0;
    return blocks.map((block, at) => ({
      ...block,
      tokens: block.tokens + (at === 0 ? around : 0),
      truth: block.tokens * (1 + around / Math.max(1, total)),
    }));
  });
}

type CountedBlock = Omit<BilledBlock, 'truth'>;

function unframed(block: CountedBlock): BilledBlock {
  return { ...block, truth: block.tokens };
}

function answerBlock(block: JsonRecord, rates: Rates): { tokens: number; content: string } {
  const { cache_control: _, signature: __, ...rest } = block;
  const counter = counterOf(rates);
  const [kind, content]: [BilledKind, string] =
    block.type === 'text'
      ? ['answer', String(block.text)]
      : block.type === 'thinking'
        ? ['thinking', String(block.thinking)]
        : ['call', JSON.stringify(rates.callsCount === 'input' ? { name: block.name, input: block.input } : rest)];
  return { content, tokens: counter(kind, content) + rates.perBlock };
}

function imageBlock(block: JsonRecord, path: string): CountedBlock {
  const data = isRecord(block.source) ? String(block.source.data) : '';
  const header = Buffer.from(data.slice(0, 64), 'base64');
  // PNG: width and height are the first fields of the first chunk.
  const area = header.length >= 24 ? header.readUInt32BE(16) * header.readUInt32BE(20) : 0;
  return {
    path,
    content: data,
    tokens: Math.max(1, Math.round(area / 750)),
    frame: 0,
    ttl: ttlOf(block.cache_control),
  };
}

function counterOf({ factors }: Rates): (kind: BilledKind, text: string) => number {
  return (kind, text) => Math.round(countO200k(text) * factors[kind]);
}

function withMark(blocks: CountedBlock[], { cache_control: mark }: JsonRecord): CountedBlock[] {
  return blocks.map((block, index) => (index === blocks.length - 1 ? { ...block, ttl: ttlOf(mark) } : block));
}

function ttlOf(mark: unknown): string | null {
  if (!isRecord(mark)) return null;
  return typeof mark.ttl === 'string' ? mark.ttl : '5m';
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}
