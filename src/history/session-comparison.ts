import type { SessionSummary } from '../model/session.js';
import { groupOf, groupTotals, SOURCE_GROUPS, type SourceGroup } from '../model/source-group.js';
import type { Reader } from '../store/index.js';

/** Two sessions beside each other, the one that was given first as `first`. */
export interface SessionComparison {
  first: SessionSummary;
  second: SessionSummary;
  /** The largest change of tokens per request first; groups that neither session has are left out. */
  groups: Compared<{ group: SourceGroup }>[];
  /** In the same order. */
  sources: Compared<{ source: string; group: SourceGroup; presence: Presence }>[];
}

/** only_first, only_second: the other session does not have it; more, less: in a request of the second session, on average. */
export type Presence = 'only_first' | 'only_second' | 'more' | 'less' | 'same';

export type Compared<Thing> = Thing & { first: SourceAmount; second: SourceAmount };

/** What a source, or a group of them, put into the requests of a session. */
export interface SourceAmount {
  tokens: number;
  /** Tokens, divided by the number of all requests of the session: sessions of different length can be compared. */
  tokensPerRequest: number;
  /** US dollars, of the input; null where no price is known. */
  costUsd: number | null;
}

/** Compares sums that outlive the requests they count. @throws NotFoundError */
export function compareSessions(reader: Reader, firstId: string, secondId: string): SessionComparison {
  const [first, second] = [reader.session(firstId), reader.session(secondId)];
  const [firstTotals, secondTotals] = [sourceTotals(reader, first), sourceTotals(reader, second)];
  const amountsOf = (totals: readonly SourceSum[], name: (total: SourceSum) => string, session: SessionSummary) =>
    new Map(totals.map((total) => [name(total), amountOf(total, session)]));
  const firstSources = amountsOf(firstTotals, ({ source }) => source, first);
  const secondSources = amountsOf(secondTotals, ({ source }) => source, second);
  const groupAmounts = (totals: readonly SourceSum[], session: SessionSummary) =>
    new Map(groupTotals(totals).map((total) => [total.group, amountOf(total, session)]));
  const firstGroups = groupAmounts(firstTotals, first);
  const secondGroups = groupAmounts(secondTotals, second);

  return {
    first,
    second,
    groups: SOURCE_GROUPS.filter((group) => firstGroups.has(group) || secondGroups.has(group))
      .map((group) => ({ group, first: firstGroups.get(group) ?? NOTHING, second: secondGroups.get(group) ?? NOTHING }))
      .toSorted(byChange),
    sources: [...new Set([...firstSources.keys(), ...secondSources.keys()])]
      .map((source) => {
        const amounts = { first: firstSources.get(source) ?? NOTHING, second: secondSources.get(source) ?? NOTHING };
        return { source, group: groupOf(source), presence: presenceOf(amounts), ...amounts };
      })
      .toSorted(byChange),
  };
}

interface SourceSum {
  source: string;
  tokens: number;
  newTokens: null;
  costUsd: number | null;
}

function sourceTotals(reader: Reader, { id }: SessionSummary): SourceSum[] {
  return reader
    .stats({ sessionId: id }, { by: 'source' })
    .rows.filter((row) => row.inputTokens > 0)
    .map((row) => ({
      source: row.key ?? 'unknown',
      tokens: row.inputTokens,
      newTokens: null,
      costUsd: row.costUsd,
    }));
}

const NOTHING: SourceAmount = { tokens: 0, tokensPerRequest: 0, costUsd: null };

function amountOf(
  { tokens, costUsd }: Pick<SourceSum, 'tokens' | 'costUsd'>,
  { requests }: SessionSummary,
): SourceAmount {
  return { tokens, tokensPerRequest: requests === 0 ? 0 : tokens / requests, costUsd };
}

type Pair = Pick<Compared<unknown>, 'first' | 'second'>;

/** By the whole tokens that are shown. */
function changeOf({ first, second }: Pair): number {
  return Math.round(second.tokensPerRequest) - Math.round(first.tokensPerRequest);
}

function byChange(a: Pair, b: Pair): number {
  return Math.abs(changeOf(b)) - Math.abs(changeOf(a)) || b.second.tokens - a.second.tokens;
}

function presenceOf(pair: Pair): Presence {
  if (pair.second.tokens === 0) return 'only_first';
  if (pair.first.tokens === 0) return 'only_second';
  const change = changeOf(pair);
  if (change === 0) return 'same';
  return change > 0 ? 'more' : 'less';
}
