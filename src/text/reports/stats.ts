import { type JsonRow, toJsonRow } from '../../base/json-row.js';
import type { Stats, StatsKey, StatsRow } from '../../store/index.js';
import { bar, sparkline } from '../bars.js';
import { ratingTone } from '../style.js';
import { type Column, renderTable } from '../table.js';
import {
  formatDollars,
  formatPercent,
  formatRating,
  formatTokens,
  formatValue,
  markEstimate,
  shareOf,
} from '../units.js';
import { wrapText } from '../wrap.js';
import { csvLine } from './csv.js';

/** Terminals narrower than this get fewer columns. */
const WIDE = 110;

/** The totals in a sentence, and a table. */
export function describeStats(stats: Stats, width: number): string[] {
  if (stats.total.requests === 0) return ['No request matches.'];
  const shown = stats.rows.length;
  return [
    ...describeTotal(stats).flatMap((line) => wrapText(line, width)),
    '',
    ...renderTable(columnsOf(stats, width), stats.rows, width),
    ...(shown < stats.totalRows ? [`${shown} of ${stats.totalRows}; --limit shows more.`] : []),
  ];
}

function describeTotal({ total, by }: Stats): string[] {
  const { inputTokens, cacheReadTokens: cached, outputTokens: output } = total;
  const isWhole = output !== null;
  const isEstimate = holdsEstimates(total);
  const parts = [
    `${total.requests} ${isWhole ? 'request' : 'use'}${total.requests === 1 ? '' : 's'}${badEnds(total)}`,
    `${formatTokens(inputTokens)} tokens in${cached && inputTokens > 0 ? ` (${formatPercent(cached / inputTokens)} from the cache)` : ''}`,
    ...(isWhole ? [`${markEstimate(formatTokens(output), isEstimate)} out`] : []),
    total.costUsd === null ? 'at an unknown price' : markEstimate(formatDollars(total.costUsd), isEstimate),
    ...(total.lostUsd ? [`${formatDollars(total.lostUsd)} of it lost to cache misses`] : []),
    ...(total.feedbackCount > 0
      ? [`rated ${formatRating(total.averageRating)} on average (${total.feedbackCount})`]
      : []),
  ];
  const lines = [`${parts.join(', ')}.`];
  if (total.unpricedRequests > 0 && total.costUsd !== null) {
    lines.push(`${total.unpricedRequests} of a model with unknown price: not in the dollars.`);
  }
  if (isEstimate)
    lines.push(
      `~ ${total.estimatedRequests} without a final bill: their output is estimated from its text, or missing.`,
    );
  if (by === 'source' && isWhole)
    lines.push('A source has its share of the input; the cost of answers is only in the total.');
  return lines;
}

function badEnds({ failedRequests: failed, abortedRequests: aborted }: Stats['total']): string {
  const ends = [...(failed ? [`${failed} failed`] : []), ...(aborted ? [`${aborted} aborted`] : [])];
  return ends.length === 0 ? '' : ` (${ends.join(', ')})`;
}

function holdsEstimates({ estimatedRequests: estimated }: Pick<StatsRow, 'estimatedRequests'>): boolean {
  return (estimated ?? 0) > 0;
}

const HEADINGS: Readonly<Record<StatsKey, string>> = {
  source: 'SOURCE',
  model: 'MODEL',
  session: 'SESSION',
  hour: 'HOUR (UTC)',
  day: 'DAY',
  week: 'WEEK OF',
};

function columnsOf({ by, total, rows }: Stats, width: number): Column<StatsRow>[] {
  const wide = width >= WIDE;
  const isTime = by === 'hour' || by === 'day' || by === 'week';
  const isRated = total.feedbackCount > 0 && (wide || by === 'source' || isTime);
  const ofRequests = rows.some(({ outputTokens }) => outputTokens !== null);
  const right = (heading: string, cell: (row: StatsRow) => string): Column<StatsRow> => ({
    heading,
    align: 'right',
    cell,
  });
  const when = (condition: boolean, ...columns: Column<StatsRow>[]) => (condition ? columns : []);
  return [
    { heading: HEADINGS[by], grow: true, cut: 'middle', cell: (row) => row.key ?? '–' },
    right('REQUESTS', (row) => String(row.requests)),
    ...when(
      wide && ofRequests,
      right('FAILED', (row) => String(row.failedRequests ?? '–')),
    ),
    right(ofRequests ? 'IN' : 'TOKENS', (row) => formatTokens(row.inputTokens)),
    ...when(
      wide && !ofRequests && by === 'source',
      right('SHARE', (row) => formatPercent(shareOf(row.inputTokens, total.inputTokens))),
    ),
    ...when(
      wide && ofRequests,
      right('CACHED', (row) => formatPercent(shareOf(row.cacheReadTokens, row.inputTokens))),
    ),
    ...when(
      ofRequests && (wide || by !== 'session'),
      right('OUT', (row) => markEstimate(formatTokens(row.outputTokens), holdsEstimates(row))),
    ),
    right('COST', (row) => markEstimate(formatDollars(row.costUsd), holdsEstimates(row))),
    ...when(
      wide && ofRequests,
      right('LOST', (row) => formatDollars(row.lostUsd)),
    ),
    ...when(isRated, {
      ...right('RATING', (row) => formatRating(row.averageRating)),
      tone: (row) => ratingTone(row.averageRating),
    }),
    ...when(
      isRated && wide,
      right('GOOD/$', (row) => formatValue(row.valuePerUsd)),
    ),
    isTime
      ? barColumn(rows, wide ? 24 : 12)
      : { heading: 'TOKENS OVER TIME', cell: (row) => sparkline(row.series, wide ? 24 : 12) },
  ];
}

function barColumn(rows: readonly StatsRow[], width: number): Column<StatsRow> {
  const inDollars = rows.some(({ costUsd }) => costUsd !== null);
  const value = (row: StatsRow) => (inDollars ? (row.costUsd ?? 0) : row.inputTokens);
  const most = Math.max(...rows.map(value));
  return { heading: inDollars ? 'COST' : 'TOKENS', cell: (row) => bar(value(row), most, width) };
}

const CSV_FIELDS = [
  'key',
  'requests',
  'billed_requests',
  'failed_requests',
  'aborted_requests',
  'estimated_requests',
  'unpriced_requests',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'cost_usd',
  'lost_tokens',
  'lost_usd',
  'average_latency_ms',
  'average_proxy_overhead_ms',
  'feedback_count',
  'average_rating',
  'value_per_usd',
  'first_used',
  'last_used',
] as const satisfies readonly (keyof JsonRow<StatsRow>)[];

export function statsToCsv({ by, rows }: Stats): string {
  const heading = csvLine([by, ...CSV_FIELDS.slice(1)]);
  return (
    heading +
    toJsonRow(rows)
      .map((row) => csvLine(CSV_FIELDS.map((field) => row[field])))
      .join('')
  );
}
