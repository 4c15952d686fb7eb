import { toJsonRow } from '../../base/json-row.js';
import type { Compared, Presence, SessionComparison, SourceAmount } from '../../history/session-comparison.js';
import { roundDollars } from '../../model/dollars.js';
import type { SessionSummary } from '../../model/session.js';
import { shortSessionIds } from '../ids.js';
import { type Column, renderFirstRows, renderTable } from '../table.js';
import {
  formatDollars,
  formatDuration,
  formatPercent,
  formatShortTime,
  formatSigned,
  formatSignedDollars,
  formatTokens,
  markEstimate,
  shareOf,
} from '../units.js';
import { wrapText } from '../wrap.js';

/** Sources of a table; `--json` has all. */
const SHOWN_SOURCES = 12;

/** Both sessions, then groups and sources by the tokens that they put into a request. */
export function describeComparison(comparison: SessionComparison, width: number, now: Date): string[] {
  const { first, second, groups, sources } = comparison;
  const shorten = shortSessionIds([first.id, second.id]);
  const names = [shorten(first.id), shorten(second.id)] as const;
  const sourceColumns: Column<ComparedSource>[] = [
    { heading: 'SOURCE', grow: true, cut: 'middle', cell: ({ source }) => source },
    ...amountColumns<ComparedSource>(names),
  ];
  const groupColumns: Column<ComparedGroup>[] = [
    { heading: 'GROUP', cell: ({ group }) => group },
    ...amountColumns<ComparedGroup>(names),
  ];
  const table = (title: string, presence: Presence) => {
    const rows = sources.filter((each) => each.presence === presence);
    return rows.length === 0 ? [] : ['', ...renderFirstRows(title, sourceColumns, rows, width, SHOWN_SOURCES)];
  };
  return [
    ...[first, second].flatMap((session) =>
      wrapText(`${[session.cwd, ...session.models].join(', ')}`, width, `${shorten(session.id)}  `),
    ),
    '',
    ...renderTable(figureColumns(comparison, names, now), FIGURES, width),
    '',
    ...wrapText('Tokens of groups and sources are averages per request; costs are of all input of the session.', width),
    '',
    ...renderTable(groupColumns, groups, width),
    ...table(`Only in ${names[0]}:`, 'only_first'),
    ...table(`Only in ${names[1]}:`, 'only_second'),
    ...table(`More in ${names[1]}:`, 'more'),
    ...table(`Less in ${names[1]}:`, 'less'),
  ];
}

type ComparedGroup = SessionComparison['groups'][number];
type ComparedSource = SessionComparison['sources'][number];

interface Figure {
  name: string;
  cell: (session: SessionSummary, now: Date) => string;
  /** Empty where a difference says nothing. */
  change?: (first: SessionSummary, second: SessionSummary) => string;
}

const signedNumber = (value: number) => (value === 0 ? '' : `${value < 0 ? '−' : '+'}${Math.abs(value)}`);
const isEstimate = ({ estimatedRequests }: SessionSummary) => estimatedRequests > 0;
const costPerRequest = ({ costUsd, requests }: SessionSummary) => shareOf(costUsd, requests);
const cachedShare = (session: SessionSummary) => shareOf(session.cacheReadTokens, session.inputTokens);
const difference = (first: number | null, second: number | null) =>
  first === null || second === null ? null : second - first;
const signedDollars = (first: number | null, second: number | null) => {
  const change = difference(first, second);
  return change === null ? '' : formatSignedDollars(change);
};

const FIGURES: readonly Figure[] = [
  { name: 'began', cell: ({ firstSeen }, now) => formatShortTime(firstSeen, now, 11) },
  { name: 'duration', cell: ({ durationMs }) => formatDuration(durationMs) },
  {
    name: 'requests',
    cell: ({ requests }) => String(requests),
    change: (first, second) => signedNumber(second.requests - first.requests),
  },
  {
    name: 'input',
    cell: ({ inputTokens }) => formatTokens(inputTokens),
    change: (first, second) => formatSigned(second.inputTokens - first.inputTokens),
  },
  {
    name: 'cached',
    cell: (session) => formatPercent(cachedShare(session)),
    change: (first, second) => {
      const change = difference(cachedShare(first), cachedShare(second));
      const points = change === null ? 0 : Math.round(change * 100);
      return points === 0 ? '' : `${signedNumber(points)} point${Math.abs(points) === 1 ? '' : 's'}`;
    },
  },
  {
    name: 'output',
    cell: (session) => markEstimate(formatTokens(session.outputTokens), isEstimate(session)),
    change: (first, second) => formatSigned(second.outputTokens - first.outputTokens),
  },
  {
    name: 'cost',
    cell: (session) => markEstimate(formatDollars(session.costUsd), isEstimate(session)),
    change: (first, second) => signedDollars(first.costUsd, second.costUsd),
  },
  {
    name: 'cost/request',
    cell: (session) => markEstimate(formatDollars(costPerRequest(session)), isEstimate(session)),
    change: (first, second) => signedDollars(costPerRequest(first), costPerRequest(second)),
  },
  {
    name: 'lost to misses',
    cell: ({ lostUsd }) => formatDollars(lostUsd),
    change: (first, second) => signedDollars(first.lostUsd, second.lostUsd),
  },
];

function figureColumns(
  { first, second }: SessionComparison,
  names: readonly [string, string],
  now: Date,
): Column<Figure>[] {
  return [
    { heading: '', cell: ({ name }) => name },
    { heading: names[0], cell: ({ cell }) => cell(first, now) },
    { heading: names[1], cell: ({ cell }) => cell(second, now) },
    { heading: 'CHANGE', dropOrder: 1, cell: ({ change }) => change?.(first, second) ?? '' },
  ];
}

function amountColumns<Thing extends Compared<object>>(names: readonly [string, string]): Column<Thing>[] {
  const perRequest = ({ tokensPerRequest }: SourceAmount) => Math.round(tokensPerRequest);
  const amount = (heading: string, cell: (row: Thing) => string, dropOrder?: number): Column<Thing> => ({
    heading,
    align: 'right',
    cell,
    ...(dropOrder !== undefined && { dropOrder }),
  });
  return [
    amount(names[0], ({ first }) => formatTokens(perRequest(first))),
    amount(names[1], ({ second }) => formatTokens(perRequest(second))),
    amount('CHANGE', ({ first, second }) => formatSigned(perRequest(second) - perRequest(first)), 2),
    amount('COST', ({ first }) => formatDollars(first.costUsd), 1),
    amount('COST', ({ second }) => formatDollars(second.costUsd), 1),
  ];
}

/** Every group and source; the sessions as `sessions --json` prints them. */
export function comparisonToJson({ first, second, groups, sources }: SessionComparison) {
  return toJsonRow({ first, second, groups: groups.map(printedPair), sources: sources.map(printedPair) });
}

function printedPair<Thing extends Compared<object>>({ first, second, ...thing }: Thing) {
  return { ...thing, first: printedAmount(first), second: printedAmount(second) };
}

function printedAmount({ tokens, tokensPerRequest, costUsd }: SourceAmount) {
  return {
    inputTokens: tokens,
    tokensPerRequest: Math.round(tokensPerRequest * 10) / 10,
    costUsd: roundDollars(costUsd),
  };
}
