/**
 * Kinds of data from Claude Code or the API that a version of claude-trace may not know.
 * block: a content block of a message; tool: the type of a tool that the API runs; delta, event: of a streamed answer;
 * text: text of the harness that no rule knows, by where it is.
 */
export const NOVELTY_KINDS = ['header', 'beta', 'field', 'role', 'block', 'tool', 'delta', 'event', 'text'] as const;
export type NoveltyKind = (typeof NOVELTY_KINDS)[number];

/** Something unknown, without its value. */
export interface Novelty {
  kind: NoveltyKind;
  /** A name of the protocol, such as `anthropic-beta`; `other` if a person may have chosen the name. */
  name: string;
}

/** The novelties of one request of Claude Code. */
export interface RequestNovelties {
  /** The version of Claude Code. */
  version: string;
  novelties: readonly Novelty[];
  /** Tokens of everything that the model reads, and of the text that no rule knows. */
  tokens: number;
  unmatchedTokens: number;
}

/** The novelties of one request, as they are counted. */
export interface SeenNovelties extends RequestNovelties {
  /** Unix ms. */
  at: number;
  /** The version of claude-trace that does not know them. */
  tracer: string;
}

/** The novelties of all requests of a version of Claude Code that one version of claude-trace has seen. */
export interface VersionNovelties {
  version: string;
  requests: number;
  tokens: number;
  unmatchedTokens: number;
  /** The most frequent first, each with the number of requests that have it. */
  novelties: (Novelty & { requests: number })[];
}
