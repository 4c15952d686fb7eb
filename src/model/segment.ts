import type { Source } from './source.js';
import type { OutputKnown } from './usage.js';

/** What a segment is to its source. */
export type Part =
  | 'definition'
  | 'instructions'
  | 'listing'
  | 'prompt'
  | 'call'
  | 'result'
  | 'body'
  | 'reminder'
  | 'text'
  | 'thinking'
  | 'image'
  | 'document'
  | 'overhead';

/**
 * How a token figure is known. exact: determined by bills; shared: determined together with others; scaled: a share of
 * a bill, by estimate; estimated: no bill (aborted, failed).
 */
export type Known = 'exact' | 'shared' | 'scaled' | 'estimated';

/** Why a segment costs nothing although it is on the wire: a definition that was not loaded, or context that the API dropped. */
export type Unread = 'deferred' | 'stripped' | 'cleared';

/** Billed tokens of a segment by what the cache did with them. Their sum is `tokens`. */
export interface CacheSplit {
  read: number;
  write5m: number;
  write1h: number;
  uncached: number;
}

/** A piece of what the model reads. The segments of a request partition it: nothing is missing, nothing is in two. */
export interface Segment {
  /** JSON pointer of the string or block that it is in, such as `/messages/3/content/0/text`. */
  path: string;
  /** UTF-16 offsets in the decoded string, or in the block's JSON. */
  start: number;
  end: number;
  source: Source;
  part: Part;
  /** More about the source: the file that a tool read, the matcher of a hook. */
  detail: string | null;
  /** Role of its message; `system` and `tools` outside of messages. */
  role: string;
  /** Hex SHA-256 of the exact content, by which the next request's segments are compared. */
  hash: string;
  /** Before reconciliation. */
  estimatedTokens: number;
  /** Billed, after reconciliation; equal to `estimatedTokens` when nothing was billed. */
  tokens: number;
  known: Known;
  /** Null where the model reads it. */
  unread: Unread | null;
  cache: CacheSplit;
  /** US dollars; null for a model without a known price. */
  costUsd: number | null;
}

/**
 * What the bills of a thread say about the segments of one request, in their order. It is stored in place of the segments:
 * with the body it gives them again.
 */
export interface Solution {
  /** Billed tokens of each segment. */
  tokens: number[];
  known: Known[];
  /** Segments that the API cleared before it counted (`applied_edits`), by index. */
  cleared: number[];
}

/** Tokens and cost of one source and part in one request, as the store keeps them for queries. */
export interface SourceShare {
  source: Source;
  part: Part;
  tokens: number;
  /** The part of the tokens that the previous request of the thread did not carry; null without a previous request that was billed. */
  newTokens: number | null;
  costUsd: number | null;
  segments: number;
  /** Place of the first segment with this source and part: index in `messages` (null outside of them) and role. */
  messageIndex: number | null;
  messageRole: string;
}

/** Facts from earlier exchanges of the session, which the body does not show. Plain JSON, stored with the request. */
export interface ThreadContext {
  /** MCP servers of this session. Names can contain `__`: the longest known one wins. */
  knownServers: string[];
  /** The agent that sent this request, and the prompt that started it; null on the main thread. */
  agent: {
    name: string;
    prompt: string | null;
    /** Where the work is not an agent's own: a skill that was forked, a workflow. */
    source?: Source;
  } | null;
  /** Sent by a subagent, whether or not the call that started it was seen. */
  subagent?: boolean;
  /** The body has only the conversation; the rest of what the bill counts was not recorded. */
  unrecorded?: boolean;
  /** Sources of tool calls and agents, by the ids that the body has. Only earlier requests explain them. */
  origins?: Record<string, Source>;
  /** Skills that the user typed, as earlier listings of the session name them. */
  skills?: string[];
}

/** The attribution of one request. */
export interface Attribution {
  /** Version of the engine; stored requests can be attributed again. */
  version: number;
  /** What the engine got beside the body. Body, thread and solution give the same segments again. */
  thread: ThreadContext;
  segments: Segment[];
  solution: Solution;
  shares: SourceShare[];
  /** Billed input tokens (an estimate where nothing was billed) and how they are known. */
  inputTokens: number;
  known: Known;
  /** US dollars; null for a model without a known price. */
  inputCostUsd: number | null;
  /** Cost of the answer, and of other models' work for it. Excludes output that is not known. */
  outputCostUsd: number | null;
  /** Tokens are null where they are not known. */
  output: { tokens: number | null; known: OutputKnown };
  /** Id of the model whose price was used; null without a price. */
  pricedAs: string | null;
  /** Billed, but not part of the cost: `code_execution`, `service_tier: priority`. */
  unpriced: string[];
}
