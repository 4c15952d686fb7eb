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
    ...(shown < stats.total_rows ? [`${shown} of ${stats.total_rows}; --limit shows more.`] : []),
  ];
}

function describeTotal({ total, by }: Stats): string[] {
  const { input_tokens, cache_read_tokens: cached, output_tokens: output } = total;
  const isWhole = output !== null;
  const isEstimate = holdsEstimates(total);
  const parts = [
    `${total.requests} ${isWhole ? 'request' : 'use'}${total.requests === 1 ? '' : 's'}${badEnds(total)}`,
    `${formatTokens(input_tokens)} tokens in${cached && input_tokens > 0 ? ` (${formatPercent(cached / input_tokens)} from the cache)` : ''}`,
    ...(isWhole ? [`${markEstimate(formatTokens(output), isEstimate)} out`] : []),
    total.cost_usd === null ? 'at an unknown price' : markEstimate(formatDollars(total.cost_usd), isEstimate),
    ...(total.lost_usd ? [`${formatDollars(total.lost_usd)} of it lost to cache misses`] : []),
    ...(total.feedback_count > 0
      ? [`rated ${formatRating(total.average_rating)} on average (${total.feedback_count})`]
      : []),
  ];
  const lines = [`${parts.join(', ')}.`];
  if (total.unpriced_requests > 0 && total.cost_usd !== null) {
    lines.push(`${total.unpriced_requests} of a model with unknown price: not in the dollars.`);
  }
  if (isEstimate)
    lines.push(
      `~ ${total.estimated_requests} without a final bill: their output is estimated from its text, or missing.`,
    );
  if (by === 'source' && isWhole)
    lines.push('A source has its share of the input; the cost of answers is only in the total.');
  return lines;
}

function badEnds({ failed_requests: failed, aborted_requests: aborted }: Stats['total']): string {
  const ends = [...(failed ? [`${failed} failed`] : []), ...(aborted ? [`${aborted} aborted`] : [])];
  return ends.length === 0 ? '' : ` (${ends.join(', ')})`;
}

function holdsEstimates({ estimated_requests: estimated }: Pick<StatsRow, 'estimated_requests'>): boolean {
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
  const isRated = total.feedback_count > 0 && (wide || by === 'source' || isTime);
  const ofRequests = rows.some(({ output_tokens }) => output_tokens !== null);
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
      right('FAILED', (row) => String(row.failed_requests ?? '–')),
    ),
    right(ofRequests ? 'IN' : 'TOKENS', (row) => formatTokens(row.input_tokens)),
    ...when(
      wide && !ofRequests && by === 'source',
      right('SHARE', (row) => formatPercent(shareOf(row.input_tokens, total.input_tokens))),
    ),
    ...when(
      wide && ofRequests,
      right('CACHED', (row) => formatPercent(shareOf(row.cache_read_tokens, row.input_tokens))),
    ),
    ...when(
      ofRequests && (wide || by !== 'session'),
      right('OUT', (row) => markEstimate(formatTokens(row.output_tokens), holdsEstimates(row))),
    ),
    right('COST', (row) => markEstimate(formatDollars(row.cost_usd), holdsEstimates(row))),
    ...when(
      wide && ofRequests,
      right('LOST', (row) => formatDollars(row.lost_usd)),
    ),
    ...when(isRated, {
      ...right('RATING', (row) => formatRating(row.average_rating)),
      tone: (row) => ratingTone(row.average_rating),
    }),
    ...when(
      isRated && wide,
      right('GOOD/$', (row) => formatValue(row.value_per_usd)),
    ),
    isTime
      ? barColumn(rows, wide ? 24 : 12)
      : { heading: 'TOKENS OVER TIME', cell: (row) => sparkline(row.series, wide ? 24 : 12) },
  ];
}

function barColumn(rows: readonly StatsRow[], width: number): Column<StatsRow> {
  const inDollars = rows.some(({ cost_usd }) => cost_usd !== null);
  const value = (row: StatsRow) => (inDollars ? (row.cost_usd ?? 0) : row.input_tokens);
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
] as const satisfies readonly (keyof StatsRow)[];

export function statsToCsv({ by, rows }: Stats): string {
  const heading = csvLine([by, ...CSV_FIELDS.slice(1)]);
  return heading + rows.map((row) => csvLine(CSV_FIELDS.map((field) => row[field]))).join('');
}
