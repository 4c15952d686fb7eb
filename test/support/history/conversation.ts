import type { RequestId } from '../../../src/model/ids.js';
import type { ContentBlock } from '../../../src/model/message.js';
import type { Segment, SourceShare } from '../../../src/model/segment.js';
import type { Continuation } from '../../../src/model/thread.js';
import type { Piece } from './project.js';

/** The beginning of a request: of the project, or of a subagent. */
export interface Opening {
  /** JSON arrays; `tools` can be missing. */
  system: string;
  tools: string | null;
  pieces: readonly Piece[];
}

/** A message and the sources of its pieces. */
export interface Message {
  role: 'user' | 'assistant';
  content: readonly ContentBlock[];
  pieces: readonly Piece[];
}

/** State of a conversation's thread between two requests. */
export interface Trail {
  thread: RequestId | null;
  previous: RequestId | null;
  continuation: Continuation;
  /** Tokens that its last request left in the cache, and when (unix ms). */
  cached: number;
  at: number;
}

/** New texts since the last answered request, for the text index. */
export interface News {
  prompts: string[];
  results: string[];
}

/** A growing list of messages, with its JSON and its pieces. */
export interface Conversation {
  readonly trail: Trail;
  readonly tokens: number;
  add(message: Message): void;
  /** Starts again with this message, as after a summary. */
  restart(message: Message): void;
  /** The JSON of the next request. */
  body(model: string, sessionId: string): Buffer;
  news(): News;
  /** Marks the new messages as answered. */
  forgetNews(): void;
  /** Tokens of each piece, in the order of the cache. */
  weights(): number[];
  /** Without a price. */
  shares(): Omit<SourceShare, 'costUsd'>[];
  /** Definitions of MCP tools, the only segments that the store itself reads. */
  definitions(): DefinitionSegment[];
}

export type DefinitionSegment = Pick<Segment, 'path' | 'source' | 'part' | 'detail' | 'role' | 'tokens'>;

export function createConversation({ system, tools, pieces }: Opening): Conversation {
  const trail: Trail = { thread: null, previous: null, continuation: 'extends', cached: 0, at: 0 };
  const definitions = definitionsOf(pieces);
  let messages: string[] = [];
  /** The last two messages with `cache_control`, which moves along. */
  let marked: string[] = [];
  let weights: number[] = [];
  let shares = new Map<string, Omit<SourceShare, 'costUsd'> & { newTokens: number }>();
  let news: News = { prompts: [], results: [] };
  let tokens = 0;

  function count(piece: Piece, messageIndex: number | null, messageRole: string): void {
    const key = `${piece.source}\0${piece.part}`;
    const share = shares.get(key);
    if (share === undefined) {
      const { source, part } = piece;
      shares.set(key, {
        source,
        part,
        tokens: piece.tokens,
        newTokens: piece.tokens,
        segments: 1,
        messageIndex,
        messageRole,
      });
    } else {
      share.tokens += piece.tokens;
      share.newTokens += piece.tokens;
      share.segments += 1;
    }
    weights.push(piece.tokens);
    tokens += piece.tokens;
  }

  /** Marks everything as old. */
  function age(): void {
    for (const share of shares.values()) share.newTokens = 0;
  }

  function begin(): void {
    messages = [];
    marked = [];
    weights = [];
    shares = new Map();
    tokens = 0;
    for (const piece of pieces) count(piece, null, piece.part === 'definition' ? 'tools' : 'system');
    age();
  }

  function add(message: Message): void {
    const { role, content, pieces } = message;
    for (const piece of pieces) count(piece, messages.length, role);
    messages.push(JSON.stringify({ role, content }));
    const last = content.length - 1;
    const cache_control = { type: 'ephemeral' };
    const sent = content.map((block, index) => (index === last ? { ...block, cache_control } : block));
    marked = [...marked.slice(-1), JSON.stringify({ role, content: sent })];
    if (role === 'user') takeDown(message, news);
  }

  begin();
  return {
    trail,
    get tokens() {
      return tokens;
    },
    add,
    restart(message) {
      begin();
      trail.continuation = 'compacted';
      trail.cached = 0;
      add(message);
    },
    body(model, sessionId) {
      const sent = [...messages.slice(0, messages.length - marked.length), ...marked].join(',');
      const offered = tools === null ? '' : `,"tools":${tools}`;
      const metadata = JSON.stringify({ user_id: JSON.stringify({ session_id: sessionId }) });
      return Buffer.from(
        `{"model":${JSON.stringify(model)},"messages":[${sent}],"system":${system}${offered},"metadata":${metadata},"max_tokens":32000,"stream":true}`,
      );
    },
    news: () => news,
    forgetNews() {
      news = { prompts: [], results: [] };
      age();
    },
    weights: () => [...weights],
    shares: () =>
      [...shares.values()].map((share) => ({ ...share, newTokens: trail.previous === null ? null : share.newTokens })),
    definitions: () => definitions,
  };
}

function definitionsOf(pieces: readonly Piece[]): DefinitionSegment[] {
  return pieces.flatMap(({ source, part, detail, tokens }, index) =>
    part === 'definition' && source.startsWith('mcp:')
      ? [{ path: `/tools/${index}`, source, part, detail, role: 'tools', tokens }]
      : [],
  );
}

/** Prompts of the user and results of tools, without reminders and skills. */
function takeDown({ content, pieces }: Message, news: News): void {
  const isPrompt = pieces.some(({ source }) => source === 'user');
  for (const block of content) {
    if (block.type === 'tool_result') news.results.push(String(block.content));
    else if (isPrompt && block.type === 'text' && !String(block.text).startsWith('<system-reminder>')) {
      news.prompts.push(String(block.text));
    }
  }
}
