import { knownSum } from '../../base/known-sum.js';
import type { RequestShare } from '../../model/request.js';
import type { SourceShare } from '../../model/segment.js';
import { type GroupTotal, groupTotals } from '../../model/source-group.js';
import { bar } from '../bars.js';
import { type Column, renderTable } from '../table.js';
import { counted, formatDollars, formatPercent, formatSigned, formatTokens, shareOf } from '../units.js';

/** A group, a source in it, or a part of a source. */
interface Row extends Pick<SourceShare, 'tokens' | 'newTokens' | 'costUsd'> {
  name: string;
  part: string;
  /** The largest sources of a group. */
  most: string;
}

const BAR_WIDTH = 12;
const NAMED_SOURCES = 3;

/**
 * What fills the context: a row for each group, the largest first.
 * @param unfolded also a row for each source in it and, if it has several, for each of its parts
 */
export function describeShares(shares: readonly RequestShare[], width: number, unfolded: boolean): string[] {
  const totals = groupTotals(sourcesOf(shares.filter(hasAmount)));
  const rows = totals.flatMap((total) => [groupRow(total), ...(unfolded ? total.sources.flatMap(sourceRows) : [])]);
  const empty = new Set(shares.map(({ source }) => source)).size - totals.flatMap(({ sources }) => sources).length;
  return [
    ...renderTable(columnsOf(rows, sum(totals), unfolded), rows, width),
    ...(unfolded && empty > 0 ? [`${counted(empty, 'source')} without tokens; --json has all.`] : []),
  ];
}

function hasAmount({ tokens, costUsd }: RequestShare): boolean {
  return tokens > 0 || (costUsd ?? 0) > 0;
}

interface SourceParts extends Pick<SourceShare, 'source' | 'tokens' | 'newTokens' | 'costUsd'> {
  /** The largest first. */
  parts: RequestShare[];
}

function sourcesOf(shares: readonly RequestShare[]): SourceParts[] {
  const names = [...new Set(shares.map(({ source }) => source))];
  return names.map((source) => {
    const parts = shares.filter((share) => share.source === source).toSorted((a, b) => b.tokens - a.tokens);
    return {
      source,
      parts,
      tokens: sum(parts),
      newTokens: knownSum(parts.map(({ newTokens }) => newTokens)),
      costUsd: knownSum(parts.map(({ costUsd }) => costUsd)),
    };
  });
}

function groupRow({ group, sources, ...amounts }: GroupTotal<SourceParts>): Row {
  const named = sources.slice(0, NAMED_SOURCES).map(({ source, tokens }) => `${source} ${formatTokens(tokens)}`);
  const more = sources.length > NAMED_SOURCES ? `, … ${sources.length - NAMED_SOURCES} more` : '';
  const name = sources.length === 1 ? group : `${group} (${sources.length})`;
  return { name, part: '', ...amounts, most: named.join(', ') + more };
}

function sourceRows({ source, parts, ...amounts }: SourceParts): Row[] {
  const [only] = parts;
  const part = parts.length === 1 && only !== undefined ? only.part : '';
  const row = { name: `  ${source}`, part, ...amounts, most: '' };
  return part === '' ? [row, ...parts.map((each) => ({ ...each, name: '', most: '' }))] : [row];
}

function columnsOf(rows: readonly Row[], total: number, unfolded: boolean): Column<Row>[] {
  const most = Math.max(...rows.map(({ tokens }) => tokens));
  return [
    { heading: unfolded ? 'SOURCE' : 'GROUP', grow: unfolded, cut: 'middle', cell: ({ name }) => name },
    ...(unfolded ? [{ heading: 'PART', cell: ({ part }: Row) => part }] : []),
    { heading: 'TOKENS', align: 'right', cell: ({ tokens }) => formatTokens(tokens) },
    { heading: 'SHARE', align: 'right', cell: ({ tokens }) => formatPercent(shareOf(tokens, total)) },
    { heading: '', width: BAR_WIDTH, dropOrder: 2, cell: ({ tokens }) => bar(tokens, most, BAR_WIDTH) },
    { heading: 'COST', align: 'right', cell: ({ costUsd }) => formatDollars(costUsd) },
    {
      heading: 'NEW',
      align: 'right',
      dropOrder: 1,
      cell: ({ newTokens }) => formatSigned(newTokens),
    },
    ...(unfolded ? [] : [{ heading: 'SOURCES', grow: true, cell: ({ most }: Row) => most }]),
  ];
}

function sum(rows: readonly { tokens: number }[]): number {
  return rows.reduce((total, { tokens }) => total + tokens, 0);
}
