import { roundDollars } from '../model/dollars.js';
import type { Source } from '../model/source.js';
import type { CacheMissGroup, SourceUses } from '../store/index.js';
import type { Setting } from './settings.js';

/** What advice is made from: sums over one period. */
export interface Evidence {
  uses: SourceUses;
  cacheMisses: readonly CacheMissGroup[];
  ratings: readonly SourceRating[];
  /** Of whole requests, output too; null when no price is known. */
  cost_usd: number | null;
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
  /** Null where no price is known. */
  cost_usd: number | null;
  /** Of all input tokens, 0..1. */
  share: number;
}

export interface Finding {
  kind: FindingKind;
  sources: Source[];
  /** Names of tools, where the finding is about tools of one server. */
  tools: string[];
  /** What to do, in one line. */
  advice: string;
  /** Why, in numbers. */
  evidence: string;
  /** Over the period; null where it depends on what is chosen. */
  saved: Saving | null;
  /** measured: nothing of it was used; at_most: some of it was of use. */
  saving: 'measured' | 'at_most';
  certainty: Certainty;
  /** One of these does it: which, depends on where the source was set up. Empty where no setting does. */
  settings: Setting[];
}

/** What requests paid for something whether it was used or not. */
export function savingOf(costs: readonly { tokens: number; cost_usd: number | null }[], uses: SourceUses): Saving {
  const tokens = costs.reduce((sum, each) => sum + each.tokens, 0);
  const dollars = costs.flatMap(({ cost_usd }) => (cost_usd === null ? [] : [cost_usd]));
  return {
    tokens,
    cost_usd: dollars.length === 0 ? null : roundDollars(dollars.reduce((sum, each) => sum + each, 0)),
    share: uses.input_tokens > 0 ? tokens / uses.input_tokens : 0,
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
