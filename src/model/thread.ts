import type { RequestId } from './ids.js';
import type { Purpose } from './purpose.js';
import type { Attribution } from './segment.js';
import type { Source } from './source.js';

/**
 * How a request continues the previous one of its thread. extends: the same conversation with more at its end; edited:
 * something before the end is different; compacted: a summary took the conversation's place.
 */
export const CONTINUATIONS = ['extends', 'edited', 'compacted'] as const;
export type Continuation = (typeof CONTINUATIONS)[number];

/** The place of a request among those of its session. */
export interface ThreadPlace {
  purpose: Purpose;
  /** The thread's first request. */
  threadId: RequestId;
  /** The previous request of the thread; null for the first. */
  previousId: RequestId | null;
  /** Null for the first. */
  continuation: Continuation | null;
  /** For a subagent, the `tool_use` id of the call that started it; null elsewhere, and where that call was not seen. */
  startedBy: string | null;
}

/**
 * Why a request read less from the cache than its thread had in it.
 * changed: a segment before the end is different; parameters: the segments are the same, but settings that the cache depends
 * on are not (model, thinking, tool choice); expired: nothing changed, and the entry was older than its time to live; unknown:
 * nothing changed, and the entry should still have been there.
 */
export const CACHE_MISS_CAUSES = ['changed', 'parameters', 'expired', 'unknown'] as const;
export type CacheMissCause = (typeof CACHE_MISS_CAUSES)[number];

/** A request read less from the cache than the previous one of its thread had left there. */
export interface CacheMiss {
  cause: CacheMissCause;
  /** Source of the first changed segment, in this request or, if it was removed, in the previous one. Null without a change. */
  source: Source | null;
  /** JSON pointer of that segment; null without a change. */
  path: string | null;
  /** The parameters that changed, or the minutes since the last request. */
  detail: string | null;
  /** Tokens that were in the cache and were billed again. */
  lostTokens: number;
  /** What that cost above reading them from the cache, US dollars; null without a price. */
  lostUsd: number | null;
}

/** A tool call of an answer. */
export interface ToolCall {
  /** The server, skill, agent or built-in tool. */
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

/** All that is known of a request after its exchange. */
export interface ThreadAttribution extends Attribution {
  place: ThreadPlace;
  /** Calls of the answer, in its order. */
  calls: ToolCall[];
  searchTexts: SearchTexts;
  /**
   * The first words of what a person asked, where this request of a main conversation is the first to carry it; null elsewhere.
   */
  prompt: string | null;
  /** Null when the cache was read as far as it could be. */
  cacheMiss: CacheMiss | null;
  /** Whether the measurements of its pieces contradict its bills: then none of them was used. */
  measurementsContradicted?: boolean;
}
