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
  const [inFirst, inSecond] = [amountsIn(reader, first), amountsIn(reader, second)];
  const sources = new Set([...inFirst.sources.keys(), ...inSecond.sources.keys()]);
  return {
    first,
    second,
    groups: SOURCE_GROUPS.filter((group) => inFirst.groups.has(group) || inSecond.groups.has(group))
      .map((group) => ({ group, ...pairOf(group, inFirst.groups, inSecond.groups) }))
      .toSorted(byChange),
    sources: [...sources]
      .map((source) => {
        const pair = pairOf(source, inFirst.sources, inSecond.sources);
        return { source, group: groupOf(source), presence: presenceOf(pair), ...pair };
      })
      .toSorted(byChange),
  };
}

interface SessionAmounts {
  sources: ReadonlyMap<string, SourceAmount>;
  groups: ReadonlyMap<SourceGroup, SourceAmount>;
}

function amountsIn(reader: Reader, { id, requests }: SessionSummary): SessionAmounts {
  const totals = reader
    .stats({ sessionId: id }, { by: 'source' })
    .rows.filter((row) => row.inputTokens > 0)
    .map(({ key, inputTokens, costUsd }) => ({
      source: key ?? 'unknown',
      tokens: inputTokens,
      newTokens: null,
      costUsd,
    }));
  const amountOf = ({ tokens, costUsd }: Pick<SourceAmount, 'tokens' | 'costUsd'>): SourceAmount => ({
    tokens,
    tokensPerRequest: requests === 0 ? 0 : tokens / requests,
    costUsd,
  });
  return {
    sources: new Map(totals.map((total) => [total.source, amountOf(total)])),
    groups: new Map(groupTotals(totals).map((total) => [total.group, amountOf(total)])),
  };
}

const NOTHING: SourceAmount = { tokens: 0, tokensPerRequest: 0, costUsd: null };

type Pair = Pick<Compared<unknown>, 'first' | 'second'>;

function pairOf<Key>(key: Key, first: ReadonlyMap<Key, SourceAmount>, second: ReadonlyMap<Key, SourceAmount>): Pair {
  return { first: first.get(key) ?? NOTHING, second: second.get(key) ?? NOTHING };
}

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
