/**
 * Kinds of what Claude Code or the API can send that a version of claude-trace does not know.
 * block: a content block of a message; tool: the type of a tool that the API runs; delta, event: of a streamed answer;
 * text: text of the harness that no rule knows, by where it is.
 */
export const NOVELTY_KINDS = ['header', 'beta', 'field', 'role', 'block', 'tool', 'delta', 'event', 'text'] as const;
export type NoveltyKind = (typeof NOVELTY_KINDS)[number];

/** Something unknown, without its value. */
export interface Novelty {
  kind: NoveltyKind;
  /** Of the protocol, such as `anthropic-beta`; `other` if a person may have chosen it. */
  name: string;
}

/** What one request of Claude Code has that is not known. */
export interface RequestNovelties {
  /** Of Claude Code. */
  version: string;
  novelties: readonly Novelty[];
  /** Of everything the model reads, and of the text that no rule knows. */
  tokens: number;
  unmatchedTokens: number;
}

/** The same as it is counted. */
export interface SeenNovelties extends RequestNovelties {
  /** Unix ms. */
  at: number;
  /** Version of claude-trace that does not know it. */
  tracer: string;
}

/** The same of all requests that a version of Claude Code sent to one version of claude-trace. */
export interface VersionNovelties {
  version: string;
  requests: number;
  tokens: number;
  unmatchedTokens: number;
  /** The most frequent first, with the number of requests that have each. */
  novelties: (Novelty & { requests: number })[];
}
