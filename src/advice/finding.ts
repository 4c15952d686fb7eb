import { roundDollars } from '../model/dollars.js';
import type { Source } from '../model/source.js';
import type { Activity, CacheMissGroup, SourceUses } from '../store/index.js';
import type { Means, Setting } from './settings.js';

/** What advice is made from: sums over one period. */
export interface Evidence {
  uses: SourceUses;
  cacheMisses: readonly CacheMissGroup[];
  ratings: readonly SourceRating[];
  /** Of whole requests, output too; null when no price is known. */
  cost_usd: number | null;
  extent: Activity;
  /** Of the newest request; null where it does not say. Settings are advised for this one. */
  claude_version: string | null;
  /** Sources in the newest requests of each project: what is gone from them needs no advice. Null: not known. */
  current: ReadonlySet<Source> | null;
}

export interface SourceRating {
  source: Source;
  feedback_count: number;
  /** -1..1; null when not rated. */
  average_rating: number | null;
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

/** high: many requests over several sessions say so; low: few do, or it is a matter of judgement. */
export type Certainty = 'high' | 'medium' | 'low';

export interface Saving {
  tokens: number;
  /** By this an average request of the period would have been smaller. */
  tokens_per_request: number;
  /** Null where no price is known. */
  cost_usd: number | null;
  /** Of all input tokens, 0..1. */
  share: number;
  /** Bills have no lines for sources: what one source weighs is always a share of a bill. Counts in texts are exact. */
  known: 'estimated';
}

export interface Finding extends Means {
  kind: FindingKind;
  sources: Source[];
  /** Names of tools, where the finding is about tools of one server. */
  tools: string[];
  /** What to do, in one line. */
  advice: string;
  /** Why, in numbers. */
  evidence: string;
  /** What would no longer work; null where nothing would. */
  stops: string | null;
  /** Over the period; null where it depends on what is chosen. */
  saved: Saving | null;
  /** measured: nothing of it was used; at_most: some of it was of use. */
  saving: 'measured' | 'at_most';
  certainty: Certainty;
  /** Empty where no setting was tried for this with this version: then `untried` says so. */
  settings: Setting[];
}

interface Cost {
  tokens: number;
  cost_usd: number | null;
}

/** What requests paid for something whether it was used or not. */
export function savingOf(costs: readonly Cost[], { input_tokens, requests }: SourceUses): Saving {
  const tokens = costs.reduce((sum, each) => sum + each.tokens, 0);
  const dollars = costs.flatMap(({ cost_usd }) => (cost_usd === null ? [] : [cost_usd]));
  return {
    tokens,
    tokens_per_request: requests > 0 ? tokens / requests : 0,
    cost_usd: dollars.length === 0 ? null : roundDollars(dollars.reduce((sum, each) => sum + each, 0)),
    share: input_tokens > 0 ? tokens / input_tokens : 0,
    known: 'estimated',
  };
}

/** How often something could have been used and was not. */
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
