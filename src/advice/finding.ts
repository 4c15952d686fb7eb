import { knownSum } from '../base/known-sum.js';
import { roundDollars } from '../model/dollars.js';
import type { McpForm } from '../model/mcp.js';
import type { McpServerFigures } from '../model/mcp-figures.js';
import type { Source } from '../model/source.js';
import type { Activity, CacheMissGroup, SourceUses } from '../store/index.js';
import type { Remedy } from './settings.js';

/** The facts that advice is made from: sums over one period. */
export interface Evidence {
  uses: SourceUses;
  cacheMisses: readonly CacheMissGroup[];
  ratings: readonly SourceRating[];
  /** Cost of whole requests, including output; null when no price is known. */
  costUsd: number | null;
  activity: Activity;
  /** Version of the newest request; null where it is not known. Settings are advised for this version. */
  claudeVersion: string | null;
  /**
   * Sources in the newest request of each project, with the folders of these projects: other sources need no advice any more.
   * Null: not known.
   */
  current: ReadonlyMap<Source, readonly string[]> | null;
  /** MCP servers that were recorded. */
  servers: readonly ServerEvidence[];
}

export interface SourceRating {
  source: Source;
  feedbackCount: number;
  /** -1..1; null when not rated. */
  averageRating: number | null;
}

/** A recorded MCP server, and what the model got of its results. */
export interface ServerEvidence {
  figures: McpServerFigures;
  /** Results that reached the model in these forms. */
  reduced: readonly ReducedResults[];
  /** Names of the tools with such results, as the server calls them. */
  reducedTools: readonly string[];
  /** Definitions of which the model gets only the beginning. */
  shortened: readonly ShortenedDefinition[];
}

export interface ShortenedDefinition {
  /** Name of the tool; empty for the instructions of the server. */
  name: string;
  /** Size of the description, or of the instructions. */
  bytesSaid: number;
  bytesGot: number;
}

export interface ReducedResults {
  form: ReducedForm;
  results: number;
}

/** Something of the result did not reach the model. An error text in place of a result is no matter of its size or form. */
export const REDUCED_FORMS = ['persisted', 'cut', 'structured_only'] as const satisfies readonly McpForm[];
export type ReducedForm = (typeof REDUCED_FORMS)[number];

/** Requests and sessions that carried something. */
interface Carriers {
  requests: number;
  sessions: number;
}

/** Why something could be left out, in numbers. */
export type Reason =
  | ({ kind: 'unused_server'; serverTools: number } & Carriers)
  | { kind: 'unused_server_tools'; serverTools: number; requests: number }
  | ({ kind: 'unused_plugin'; plugin: string } & Carriers)
  /** Requests that carried each of the sources, at least. */
  | ({ kind: 'unused_tools' | 'unused_skills' | 'unused_agents' } & Carriers)
  | { kind: 'loaded_in_full'; requests: number }
  | ({ kind: 'rarely_used'; calls: number } & Carriers)
  | { kind: 'memory' | 'hook'; tokensEach: number; requests: number }
  | { kind: 'large_results'; calls: number; tokens: number; share: number }
  | ({
      kind: 'cache_misses';
      cause: CacheMissGroup['cause'];
      /** What changed, where that is known. */
      detail: string | null;
      lostTokens: number;
    } & Carriers)
  | { kind: 'low_rated'; ratings: number; averageRating: number }
  /** Results that reached the model, and those of them of which something is missing. */
  | { kind: 'reduced_results'; results: number; reduced: readonly ReducedResults[] }
  | { kind: 'shortened_definitions'; shortened: readonly ShortenedDefinition[] }
  /** Time to the answer: of half of the calls, and of one in twenty, at least. */
  | { kind: 'slow_calls'; calls: number; p50Ms: number; p95Ms: number }
  /** Time until the server was ready, of half of the connections at least. */
  | { kind: 'slow_start'; connections: number; readyMs: number };

export type FindingKind = Reason['kind'];

/** high: many requests over several sessions show it; low: few do, or it is a matter of judgement. */
export type Certainty = 'high' | 'medium' | 'low';

export interface Saving {
  tokens: number;
  /** Tokens of an average request of the period. */
  tokensPerRequest: number;
  /** Null where no price is known. */
  costUsd: number | null;
  /** Share of all input tokens, 0..1. */
  share: number;
  /** Bills have no lines for sources, so the tokens of one source are always a share of a bill. */
  known: 'estimated';
}

interface Conclusion {
  sources: readonly Source[];
  /** Names of tools, where the finding is about single tools. */
  tools: readonly string[];
  /** Over the period; null where it depends on a choice. */
  saved: Saving | null;
  /** measured: none of it was used; at_most: some of it may have been useful. */
  saving: 'measured' | 'at_most';
  certainty: Certainty;
}

export type Finding = Reason & Conclusion & Remedy;

export type FindingFacts = Reason &
  Pick<Conclusion, 'sources' | 'saved'> &
  Partial<Conclusion> & {
    remedy: Remedy;
  };

/** Default: about whole sources, with an upper limit of what it saves, and of low certainty. */
export function finding({ remedy, ...facts }: FindingFacts): Finding {
  return { tools: [], saving: 'at_most', certainty: 'low', ...facts, ...remedy };
}

interface Cost {
  tokens: number;
  costUsd: number | null;
}

/** The sum of costs, as a saving. */
export function savingOf(costs: readonly Cost[], { inputTokens, requests }: SourceUses): Saving {
  const tokens = costs.reduce((sum, each) => sum + each.tokens, 0);
  return {
    tokens,
    tokensPerRequest: requests > 0 ? tokens / requests : 0,
    costUsd: roundDollars(knownSum(costs.map(({ costUsd }) => costUsd))),
    share: inputTokens > 0 ? tokens / inputTokens : 0,
    known: 'estimated',
  };
}

/** By the number of requests that could have used something and did not. */
export function certaintyOf({ requests, sessions }: Carriers): Certainty {
  if (requests >= 100 && sessions >= 5) return 'high';
  return requests >= 20 && sessions >= 2 ? 'medium' : 'low';
}
