import type { RequestId } from './ids.js';
import type { Purpose } from './purpose.js';
import type { Attribution } from './segment.js';
import type { Source } from './source.js';

/**
 * How a request goes on from the one before it in its thread. extends: the same conversation with more at its end; edited:
 * something before the end is different; compacted: a summary took the conversation's place.
 */
export const CONTINUATIONS = ['extends', 'edited', 'compacted'] as const;
export type Continuation = (typeof CONTINUATIONS)[number];

/** Where a request stands among those of its session. */
export interface ThreadPlace {
  purpose: Purpose;
  /** The thread's first request. */
  thread: RequestId;
  /** The request before it in the thread; null for the first. */
  previous: RequestId | null;
  /** Null for the first. */
  continuation: Continuation | null;
  /** Of a subagent: the `tool_use` id of the call that started it; null elsewhere, and when that call was not seen. */
  startedBy: string | null;
}

/**
 * Why less was read from the cache than the thread had in it.
 * changed: a segment before the end is different; parameters: the segments are the same, but settings that the cache hangs
 * on are not (model, thinking, tool choice); expired: nothing changed, the entry was older than its time to live; unknown:
 * nothing changed and the entry should have lived.
 */
export const CACHE_MISS_CAUSES = ['changed', 'parameters', 'expired', 'unknown'] as const;
export type CacheMissCause = (typeof CACHE_MISS_CAUSES)[number];

/** A request that read less from the cache than the one before it in its thread had left there. */
export interface CacheMiss {
  cause: CacheMissCause;
  /** Of the first changed segment: in this request, or in the one before where it was taken out. Null without a change. */
  source: Source | null;
  /** JSON pointer of that segment; null without a change. */
  path: string | null;
  /** What else tells: the parameters that changed, or the minutes since the last request. */
  detail: string | null;
  /** Tokens that were in the cache and were billed anew. */
  lostTokens: number;
  /** What that cost more than reading them would have, US dollars; null without a price. */
  lostUsd: number | null;
}

/** A tool call of an answer. */
export interface ToolCall {
  /** Who it belongs to: the server, the skill, the agent, the built-in tool. */
  source: Source;
  /** The tool's name as requests write it: `mcp__serena__find_symbol`, `Skill`. */
  tool: string;
}

/** The texts of one exchange that are new in its thread: a search finds the exchange by them. */
export interface SearchTexts {
  /** Prompts of the user, and tasks of agents. */
  prompts: string[];
  /** Results of tools. */
  results: string[];
  /** The text of the answer, and the inputs of its tool calls. */
  answer: string[];
}

/** What is known of a request once its exchange has ended. */
export interface ThreadAttribution extends Attribution {
  place: ThreadPlace;
  /** What the answer called, in its order. */
  calls: ToolCall[];
  searchTexts: SearchTexts;
  /** Null when the cache was read as far as it could be. */
  cacheMiss: CacheMiss | null;
}
