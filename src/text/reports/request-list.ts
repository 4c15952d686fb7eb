import { matchesGlob } from '../../base/glob.js';
import { toJsonRow } from '../../base/json-row.js';
import { knownSum } from '../../base/known-sum.js';
import { roundDollars } from '../../model/dollars.js';
import type { RequestSummary } from '../../model/request.js';
import { type Shorten, shortRequestIds } from '../ids.js';
import { styledLine } from '../line.js';
import { formatCost, formatInput, formatOutput, outcomeOf, outcomeTone } from '../request-figures.js';
import { ratingTone } from '../style.js';
import { type Column, type FittedTable, fitTable, headingLine, rowLine } from '../table.js';
import {
  formatDollars,
  formatDuration,
  formatPercent,
  formatRating,
  formatTime,
  formatTokens,
  shareOf,
} from '../units.js';
import { requestCsvHeading, requestCsvLine } from './csv.js';

/** How a command prints its rows. */
export type OutputFormat = 'json' | 'ndjson' | 'csv' | 'table';

/** Prints a list of requests in one format. */
export interface RequestPrinter {
  /** Whether `print` shows how many requests match in all. */
  showsTotal: boolean;
  /** @param total null when nobody counted @param hasMore whether rows follow these */
  print(rows: readonly RequestSummary[], total: number | null, hasMore?: boolean): string;
  /** More rows of the same list. */
  printMore(rows: readonly RequestSummary[]): string;
}

/** What the sources that a filter names put into a request, together. */
interface Matching {
  tokens: number;
  /** Share of the request's attributed tokens, 0..1. */
  share: number;
  costUsd: number | null;
}

function matchingOf({ sources }: RequestSummary, pattern: string): Matching {
  const matching = sources.filter(({ source }) => matchesGlob(pattern, source));
  return {
    tokens: matching.reduce((sum, { tokens }) => sum + tokens, 0),
    share: matching.reduce((sum, { share }) => sum + share, 0),
    costUsd: roundDollars(knownSum(matching.map(({ costUsd }) => costUsd))),
  };
}

/**
 * @param width of the terminal, for the table
 * @param source glob over sources: rows also show what the matching ones cost, as `matching`
 */
export function requestPrinter(format: OutputFormat, width: number, source?: string): RequestPrinter {
  if (format === 'table') return tablePrinter(width, source);
  const json = (row: RequestSummary) =>
    toJsonRow(source === undefined ? row : { ...row, matching: matchingOf(row, source) });
  const linePrinter = (heading: string, line: (row: RequestSummary) => string): RequestPrinter => {
    const printMore = (rows: readonly RequestSummary[]) => rows.map((row) => line(row)).join('');
    return { showsTotal: false, print: (rows) => heading + printMore(rows), printMore };
  };
  if (format === 'csv') {
    if (source === undefined) return linePrinter(requestCsvHeading(), requestCsvLine);
    const names = ['matching_tokens', 'matching_share', 'matching_cost_usd'];
    return linePrinter(requestCsvHeading(names), (row) => {
      const { tokens, share, costUsd } = matchingOf(row, source);
      return requestCsvLine(row, [tokens, share, costUsd]);
    });
  }
  if (format === 'ndjson') return linePrinter('', (row) => `${JSON.stringify(json(row))}\n`);
  const print = (rows: readonly RequestSummary[]) => `${JSON.stringify(rows.map(json), null, 2)}\n`;
  return { showsTotal: false, print, printMore: print };
}

/** The first page decides which columns there are, and how wide they are. */
function tablePrinter(width: number, source: string | undefined): RequestPrinter {
  let table: FittedTable<RequestSummary> | null = null;
  let shorten: Shorten = (id) => id;
  const shown: string[] = [];
  function printMore(rows: readonly RequestSummary[]): string {
    if (rows.length === 0) return '';
    shown.push(...rows.map(({ id }) => id));
    shorten = shortRequestIds(shown);
    const isFirst = table === null;
    const fitted =
      table ??
      fitTable(
        columnsFor(rows, (id) => shorten(id), source),
        rows,
        width,
      );
    table = fitted;
    const lines = [...(isFirst ? [headingLine(fitted)] : []), ...rows.map((row) => rowLine(fitted, row))];
    return lines.map((line) => `${styledLine(line)}\n`).join('');
  }
  return {
    showsTotal: true,
    print(rows, total, hasMore = false) {
      if (total === 0) return 'No request matches.\n';
      return printMore(rows) + (hasMore ? `${rows.length} of ${total}; --limit and --after show more.\n` : '');
    },
    printMore,
  };
}

const columnsWith = (shorten: Shorten): Column<RequestSummary>[] => [
  { heading: 'TIME', cell: (row) => formatTime(row.timestamp, new Date()), tone: () => 'dim' },
  { heading: 'ID', cell: (row) => shorten(row.id) },
  { heading: 'MODEL', dropOrder: 4, cell: (row) => row.model ?? row.kind },
  {
    heading: 'STATUS',
    align: 'right',
    cell: (row) => outcomeOf(row),
    tone: outcomeTone,
  },
  { heading: 'IN', dropOrder: 6, align: 'right', cell: (row) => formatInput(row.tokens) },
  {
    heading: 'CACHED',
    dropOrder: 2,
    align: 'right',
    cell: ({ tokens }) => formatPercent(shareOf(tokens.cacheRead, tokens.input)),
  },
  { heading: 'OUT', dropOrder: 3, align: 'right', cell: (row) => formatOutput(row.tokens) },
  { heading: 'COST', dropOrder: 7, align: 'right', cell: formatCost },
  { heading: 'LATENCY', dropOrder: 1, align: 'right', cell: (row) => formatDuration(row.latencyMs) },
];

const RATING: Column<RequestSummary> = {
  heading: 'RATING',
  align: 'right',
  cell: (row) => (row.rating === null ? '' : formatRating(row.rating)),
  tone: ({ rating }) => ratingTone(rating),
};

const SOURCES: Column<RequestSummary> = {
  heading: 'SOURCES',
  grow: true,
  cell: ({ sources }) => heaviest(sources),
};

/** What the matching sources put into each request. */
function columnsOf(source: string): Column<RequestSummary>[] {
  return [
    { heading: 'MATCHING', align: 'right', cell: (row) => formatTokens(matchingOf(row, source).tokens) },
    { heading: 'SHARE', dropOrder: 5, align: 'right', cell: (row) => formatPercent(matchingOf(row, source).share) },
    { heading: 'ITS COST', align: 'right', cell: (row) => formatDollars(matchingOf(row, source).costUsd) },
    {
      heading: 'SOURCES',
      dropOrder: 8,
      grow: true,
      cell: ({ sources }) => heaviest(sources.filter((each) => matchesGlob(source, each.source))),
    },
  ];
}

/** There is a column for ratings only where there are ratings. */
function columnsFor(
  rows: readonly RequestSummary[],
  shorten: Shorten,
  source: string | undefined,
): Column<RequestSummary>[] {
  const rated = rows.some(({ rating }) => rating !== null);
  return [
    ...columnsWith(shorten),
    ...(rated ? [RATING] : []),
    ...(source === undefined ? [SOURCES] : columnsOf(source)),
  ];
}

function heaviest(sources: RequestSummary['sources']): string {
  return sources
    .filter(({ tokens }) => tokens > 0)
    .sort((a, b) => b.tokens - a.tokens)
    .slice(0, 3)
    .map((each) => `${each.source} ${formatPercent(each.share)}`)
    .join(', ');
}
