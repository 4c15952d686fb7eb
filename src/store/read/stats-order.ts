import type { StatsRow } from './stats-figures.js';

export const STATS_SORTS = ['cost', 'tokens', 'requests', 'rating', 'value', 'lost', 'key'] as const;
export type StatsSort = (typeof STATS_SORTS)[number];

const SORTED_BY: Readonly<Record<Exclude<StatsSort, 'key'>, (row: StatsRow) => number | null>> = {
  cost: (row) => row.costUsd,
  tokens: (row) => row.inputTokens + (row.outputTokens ?? 0),
  requests: (row) => row.requests,
  rating: (row) => row.averageRating,
  value: (row) => row.valuePerUsd,
  lost: (row) => row.lostUsd,
};

/** The largest first, unknown values last; equal ones by tokens, then by key. */
export function sorted(rows: readonly StatsRow[], by: StatsSort, isOfTime: boolean): StatsRow[] {
  const byKey = (a: StatsRow, b: StatsRow) => {
    const order = (a.key ?? '') < (b.key ?? '') ? -1 : 1;
    return isOfTime ? -order : order;
  };
  if (by === 'key') return [...rows].sort(byKey);
  const value = SORTED_BY[by];
  const descending = (a: number, b: number) => (a === b ? 0 : b - a);
  return [...rows].sort(
    (a, b) =>
      descending(value(a) ?? Number.NEGATIVE_INFINITY, value(b) ?? Number.NEGATIVE_INFINITY) ||
      descending(a.inputTokens, b.inputTokens) ||
      byKey(a, b),
  );
}
