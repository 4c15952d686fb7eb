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
 * How a token figure is known. exact: pinned alone by a bill; shared: pinned together with others; scaled: its share of
 * a bill by estimate; estimated: no bill (aborted, failed).
 */
export type Known = 'exact' | 'shared' | 'scaled' | 'estimated';

/** Why a segment weighs nothing though it is on the wire: a definition nothing has loaded, context that the API dropped. */
export type Unread = 'deferred' | 'stripped' | 'cleared';

/** Billed tokens of a segment by what the cache did with them; they sum to its `tokens`. */
export interface CacheSplit {
  read: number;
  write5m: number;
  write1h: number;
  uncached: number;
}

/** One piece of what the model reads. The segments of a request partition it: nothing lost, nothing twice. */
export interface Segment {
  /** JSON pointer of the string or block it stands in, e.g. `/messages/3/content/0/text`. */
  path: string;
  /** UTF-16 offsets in that decoded string; of the block's JSON where it is no string. */
  start: number;
  end: number;
  source: Source;
  part: Part;
  /** What the source alone does not say: the file a tool read, the matcher of a hook. */
  detail: string | null;
  /** Role of the message it stands in; `system` and `tools` for what stands outside messages. */
  role: string;
  /** Hex SHA-256 of the exact content: the same segment in the next request has the same hash. */
  hash: string;
  /** Before reconciliation. */
  estimatedTokens: number;
  /** Billed, after reconciliation; equal to `estimatedTokens` when nothing was billed. */
  tokens: number;
  known: Known;
  /** Null for what the model reads. */
  unread: Unread | null;
  cache: CacheSplit;
  /** US dollars; null for a model without a known price. */
  costUsd: number | null;
}

/**
 * What the bills of a thread say about the segments of one request, in their order. With the body it gives the same
 * segments again, so it is stored in their place.
 */
export interface Solution {
  /** Billed tokens of each segment. */
  tokens: number[];
  known: Known[];
  /** Segments that the API cleared before it counted (`applied_edits`), by index. */
  cleared: number[];
}

/** Tokens and cost of one source and part in one request: what the store keeps for queries. */
export interface SourceShare {
  source: Source;
  part: Part;
  tokens: number;
  /** Of these, what the request before it in its thread did not carry; null where there is none, or none that was billed. */
  newTokens: number | null;
  costUsd: number | null;
  segments: number;
  /** Of the first segment with this source and part: index in `messages` (null outside) and role. */
  messageIndex: number | null;
  messageRole: string;
}

/** What one body cannot say: facts that earlier exchanges of its session taught. Plain JSON, stored beside the request. */
export interface ThreadContext {
  /** MCP servers seen in this session: names can hold `__`, so the longest known one wins. */
  knownServers: string[];
  /** The agent whose own request this is, and the prompt it was started with; null on the main thread. */
  agent: {
    name: string;
    prompt: string | null;
    /** Whose work it is where that is no agent of its own: a skill that was forked, a workflow. */
    source?: Source;
  } | null;
  /** A subagent's own request, whether or not the call that started it was seen. */
  subagent?: boolean;
  /** Sources of tool calls and agents that the body names by their ids, and that only earlier requests explain. */
  origins?: Record<string, Source>;
  /** Skills that were typed, as earlier listings of the session name them. */
  skills?: string[];
}

/** What attribution says about one request. */
export interface Attribution {
  /** Version of the engine that made it; stored requests can be attributed again. */
  version: number;
  /** What it was told beyond the body: with both, and the solution, the same segments come out again. */
  thread: ThreadContext;
  segments: Segment[];
  solution: Solution;
  shares: SourceShare[];
  /** Billed input tokens (the estimate when nothing was billed) and how they are known. */
  inputTokens: number;
  known: Known;
  /** US dollars; null for a model without a known price. */
  inputCostUsd: number | null;
  /** Of the answer, and of what other models did for it. Without the output where that is not known. */
  outputCostUsd: number | null;
  /** Null tokens: not known. */
  output: { tokens: number | null; known: OutputKnown };
  /** The model whose price holds, as its id came; null when none does. */
  pricedAs: string | null;
  /** What of the bill is not in the cost: `code_execution`, `service_tier: priority`. */
  unpriced: string[];
}
