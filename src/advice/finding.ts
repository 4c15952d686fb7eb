import { roundDollars } from '../model/dollars.js';
import type { Source } from '../model/source.js';
import type { Activity, CacheMissGroup, SourceUses } from '../store/index.js';
import type { Remedy } from './settings.js';

/** The facts that advice is made from: sums over one period. */
export interface Evidence {
  uses: SourceUses;
  cacheMisses: readonly CacheMissGroup[];
  ratings: readonly SourceRating[];
  /** Of whole requests, including output; null when no price is known. */
  costUsd: number | null;
  activity: Activity;
  /** Of the newest request; null where it is not known. Settings are advised for this version. */
  claudeVersion: string | null;
  /** Sources in the newest requests of each project: others need no advice any more. Null: not known. */
  current: ReadonlySet<Source> | null;
}

export interface SourceRating {
  source: Source;
  feedbackCount: number;
  /** -1..1; null when not rated. */
  averageRating: number | null;
}

export type FindingKind =
  | 'unused_server'
  | 'unused_server_tools'
  | 'unused_plugin'
  | 'unused_tools'
  | 'unused_skills'
  | 'unused_agents'
  | 'loaded_in_full'
  | 'rarely_used'
  | 'memory'
  | 'hook'
  | 'large_results'
  | 'cache_misses'
  | 'low_rated';

/** high: many requests over several sessions show it; low: few do, or it is a matter of judgement. */
export type Certainty = 'high' | 'medium' | 'low';

export interface Saving {
  tokens: number;
  /** Of an average request of the period. */
  tokensPerRequest: number;
  /** Null where no price is known. */
  costUsd: number | null;
  /** Of all input tokens, 0..1. */
  share: number;
  /** Bills have no lines for sources, so the tokens of one source are always a share of a bill. */
  known: 'estimated';
}

export interface Finding extends Remedy {
  kind: FindingKind;
  sources: Source[];
  /** Names of tools, where the finding is about single tools. */
  tools: string[];
  /** What to do, in one line. */
  advice: string;
  /** Why, in numbers. */
  evidence: string;
  /** What would stop working; null for nothing. */
  stops: string | null;
  /** Over the period; null where it depends on a choice. */
  saved: Saving | null;
  /** measured: none of it was used; at_most: some of it may have been useful. */
  saving: 'measured' | 'at_most';
  certainty: Certainty;
}

export interface FindingFacts
  extends Pick<Finding, 'kind' | 'sources' | 'advice' | 'evidence' | 'saved' | 'stops'>,
    Partial<Pick<Finding, 'tools' | 'saving' | 'certainty'>> {
  remedy: Remedy;
}

/** Default: about whole sources, with an upper limit of what it saves, and of low certainty. */
export function finding(facts: FindingFacts): Finding {
  const {
    kind,
    sources,
    tools = [],
    advice,
    evidence,
    stops,
    saved,
    saving = 'at_most',
    certainty = 'low',
    remedy,
  } = facts;
  return { kind, sources, tools, advice, evidence, stops, saved, saving, certainty, ...remedy };
}

interface Cost {
  tokens: number;
  costUsd: number | null;
}

/** The sum of costs, as a saving. */
export function savingOf(costs: readonly Cost[], { inputTokens, requests }: SourceUses): Saving {
  const tokens = costs.reduce((sum, each) => sum + each.tokens, 0);
  const dollars = costs.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
  return {
    tokens,
    tokensPerRequest: requests > 0 ? tokens / requests : 0,
    costUsd: dollars.length === 0 ? null : roundDollars(dollars.reduce((sum, each) => sum + each, 0)),
    share: inputTokens > 0 ? tokens / inputTokens : 0,
    known: 'estimated',
  };
}

/** By the number of requests that could have used something and did not. */
export function certaintyOf({ requests, sessions }: { requests: number; sessions: number }): Certainty {
  if (requests >= 100 && sessions >= 5) return 'high';
  return requests >= 20 && sessions >= 2 ? 'medium' : 'low';
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
