import { knownSum } from '../../../base/known-sum.js';
import type { Source } from '../../../model/source.js';
import { groupTotals } from '../../../model/source-group.js';
import type { Stats, StatsRow } from '../../../store/index.js';
import { groupKey } from '../state/source-groups.js';
import type { SourceSort } from '../state/state.js';
import type { TreeNode } from '../state/tree.js';
import { groupName, nameIn } from './source-nodes.js';

/** What a row of the view of sources shows. */
export interface SourceStats {
  /** Null for a group. */
  source: Source | null;
  /** Null for a group: a request with several of its sources must not count several times. */
  requests: number | null;
  tokens: number;
  costUsd: number | null;
  /** Null without ratings, and for a group. */
  rating: number | null;
  /** Tokens over time. */
  series: readonly number[];
}

export type StatsNode = TreeNode<SourceStats>;

/** Sources by group, both in the order that was asked for. */
export function statsNodes({ rows }: Stats, sort: SourceSort): StatsNode[] {
  const byKey = new Map(rows.map((row) => [row.key ?? 'unknown', row]));
  const order = new Map([...byKey.keys()].map((key, index) => [key, index]));
  const totals = [...byKey].map(([source, row]) => ({
    source,
    tokens: row.inputTokens,
    newTokens: null,
    costUsd: row.costUsd,
  }));
  const groups = groupTotals(totals).map(({ group, sources }): StatsNode => {
    const children = sources
      .filter(({ tokens }) => tokens > 0)
      .toSorted((a, b) => (order.get(a.source) ?? 0) - (order.get(b.source) ?? 0))
      .flatMap(({ source }) => sourceNode(source, byKey.get(source)));
    return { key: groupKey(group), name: groupName(group, children.length), figures: sumStats(children), children };
  });
  if (sort === 'key') return groups.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sort === 'tokens' ? groups : groups.toSorted((a, b) => (b.figures.costUsd ?? 0) - (a.figures.costUsd ?? 0));
}

function sourceNode(source: Source, row: StatsRow | undefined): StatsNode[] {
  if (row === undefined) return [];
  const { requests, inputTokens, costUsd, averageRating, series } = row;
  const figures = { source, requests, tokens: inputTokens, costUsd, rating: averageRating, series };
  return [{ key: source, name: nameIn(source), figures, children: [] }];
}

/** Sums the figures of several sources. */
export function sumStats(nodes: readonly StatsNode[]): SourceStats {
  const series: number[] = [];
  for (const { figures } of nodes) {
    for (const [index, tokens] of figures.series.entries()) series[index] = (series[index] ?? 0) + tokens;
  }
  return {
    source: null,
    requests: null,
    tokens: nodes.reduce((sum, { figures }) => sum + figures.tokens, 0),
    costUsd: knownSum(nodes.map(({ figures }) => figures.costUsd)),
    rating: null,
    series,
  };
}
