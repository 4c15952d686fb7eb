import { createHash } from 'node:crypto';
import { isRecord, type JsonRecord } from '../base/json.js';
import type { ContentBlock } from '../model/message.js';

/** The `usage` of a reply, by the API's names: https://docs.claude.com/en/api/messages */
export interface UsageFields {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  output_tokens: number;
}

export interface Meter {
  /** The usage of a request. Caches its prefix. */
  bill(body: JsonRecord, outputTokens: number): UsageFields;
  /** The exact input tokens of a request body, as `/v1/messages/count_tokens` answers. */
  countInput(body: JsonRecord): number;
  /** Output tokens of an answer. */
  countOutput(content: readonly ContentBlock[]): number;
}

/** How a meter counts tokens. */
export interface Scale {
  /** The billed pieces of a body, in cache order. */
  weighInput(body: JsonRecord): BilledPiece[];
  weighOutput(content: readonly ContentBlock[]): number;
}

/** A piece that is cached as a whole. */
export interface BilledPiece {
  content: string;
  tokens: number;
  /** The lifetime of its cache mark; null without one. */
  ttl: string | null;
}

/** Roughly the number of characters in a token of English or code. */
const CHARACTERS_PER_TOKEN = 4;

/** The scripted API's own tokenizer. claude-trace must use its counts, as it uses the API's. */
function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/**
 * The API adds tokens when there are tools, for instructions on how to use them:
 * https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview#pricing
 */
const TOOL_USE: BilledPiece = { content: 'how to use tools', tokens: 346, ttl: null };

const PLAIN_SCALE: Scale = {
  weighInput: pieces,
  weighOutput: (content) => content.reduce((sum, block) => sum + countTokens(JSON.stringify(block)), 0),
};

/** Exact input tokens of a request body by the scripted API's own tokenizer. */
export function countInput(body: JsonRecord): number {
  return sumOf(pieces(body));
}

/**
 * Bills requests as the API does. Cache order is tools, system, messages. A `cache_control` mark caches everything before it.
 * The longest prefix that was cached before is read, the rest up to the last mark is written, and what follows is input.
 */
export function createMeter(scale: Scale = PLAIN_SCALE): Meter {
  const cached = new Set<string>();

  return {
    countInput: (body) => sumOf(scale.weighInput(body)),
    countOutput: (content) => scale.weighOutput(content),

    bill(body, outputTokens) {
      const prefix = createHash('sha256');
      const hashes: string[] = [];
      const marks: { end: number; oneHour: boolean }[] = [];
      let total = 0;
      let read = 0;
      for (const piece of scale.weighInput(body)) {
        prefix.update(piece.content).update('\n');
        const hash = prefix.copy().digest('hex');
        total += piece.tokens;
        if (cached.has(hash)) read = total;
        hashes.push(hash);
        if (piece.ttl !== null) {
          marks.push({ end: total, oneHour: piece.ttl === '1h' });
          for (const earlier of hashes.splice(0)) cached.add(earlier);
        }
      }
      const marked = marks.at(-1)?.end ?? 0;
      // Only marked prefixes are cached.
      read = Math.min(read, marked);
      const written = { oneHour: 0, fiveMinutes: 0 };
      let start = read;
      for (const { end, oneHour } of marks) {
        written[oneHour ? 'oneHour' : 'fiveMinutes'] += Math.max(0, end - start);
        start = Math.max(start, end);
      }
      return {
        input_tokens: total - marked,
        cache_creation_input_tokens: marked - read,
        cache_read_input_tokens: read,
        cache_creation: {
          ephemeral_5m_input_tokens: written.fiveMinutes,
          ephemeral_1h_input_tokens: written.oneHour,
        },
        output_tokens: outputTokens,
      };
    },
  };
}

function sumOf(billed: readonly BilledPiece[]): number {
  return billed.reduce((sum, { tokens }) => sum + tokens, 0);
}

function pieces(body: JsonRecord): BilledPiece[] {
  const blocks = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
  const messages = blocks(body.messages).flatMap((message) => (isRecord(message) ? blocks(message.content) : []));
  const tools = blocks(body.tools).filter((tool) => !(isRecord(tool) && tool.defer_loading === true));
  const system = blocks(body.system).filter((block) => !isBillingHeader(block));
  return [...(tools.length > 0 ? [TOOL_USE] : []), ...[...tools, ...system, ...messages].map(pieceOf)];
}

function pieceOf(block: unknown): BilledPiece {
  if (!isRecord(block)) {
    const content = typeof block === 'string' ? block : JSON.stringify(block);
    return { content, tokens: countTokens(content), ttl: null };
  }
  const { cache_control: mark, ...rest } = block;
  const content = block.type === 'text' && typeof block.text === 'string' ? block.text : JSON.stringify(rest);
  const ttl = isRecord(mark) ? (typeof mark.ttl === 'string' ? mark.ttl : '5m') : null;
  return { content, tokens: countTokens(content), ttl };
}

/** The API drops this block before it counts. */
function isBillingHeader(block: unknown): boolean {
  return isRecord(block) && typeof block.text === 'string' && block.text.startsWith('x-anthropic-billing-header:');
}
