import { type JsonRow, toJsonRow } from '../../base/json-row.js';
import { UNRECORDED } from '../../model/source.js';
import type { Stats, StatsKey, StatsRow, StatsSort } from '../../store/index.js';
import { bar, sparkline } from '../bars.js';
import { shortSessionId } from '../ids.js';
import { describeFigures } from '../request-totals.js';
import { ratingTone } from '../style.js';
import { type Column, renderTable } from '../table.js';
import {
  counted,
  formatDollars,
  formatPercent,
  formatRating,
  formatTime,
  formatTokens,
  formatValue,
  markEstimate,
  shareOf,
} from '../units.js';
import { wrapText } from '../wrap.js';
import { csvLine } from './csv.js';

/** Terminals narrower than this get fewer columns. */
const WIDE = 110;

/** What the figures alone do not say. */
export interface StatsNotes {
  /** By which the rows are sorted; by `value` it is a column, too. */
  sort?: StatsSort | undefined;
  /** Names of sessions, by their ids. */
  names?: ReadonlyMap<string, string>;
}

/** The totals in a sentence, and a table. */
export function describeStats(stats: Stats, width: number, notes: StatsNotes = {}): string[] {
  if (stats.total.requests === 0) {
    return ['No request matches.', ...describeEnds(stats)].flatMap((line) => wrapText(line, width));
  }
  const shown = stats.rows.length;
  const rows = stats.rows.filter(
    (row) => row.inputTokens > 0 || (row.costUsd ?? 0) > 0 || row.outputTokens !== null || (row.calls ?? 0) > 0,
  );
  const empty = shown - rows.length;
  return [
    ...describeTotal(stats).flatMap((line) => wrapText(line, width)),
    ...(isTime(stats.by) ? describeTrend(stats) : []),
    '',
    ...renderTable(columnsOf(stats, width, notes), rows, width),
    ...(empty > 0 ? [`${empty} more without tokens; --json has all.`] : []),
    ...(shown < stats.totalRows ? [`${shown} of ${stats.totalRows}; --limit shows more.`] : []),
  ];
}

function isTime(by: StatsKey): boolean {
  return by === 'hour' || by === 'day' || by === 'week' || by === 'month';
}

/** Tokens over the whole period, also over its empty parts. */
function describeTrend({ total, series }: Stats): string[] {
  if (series === null || total.firstUsed === null || total.lastUsed === null) return [];
  const now = new Date();
  const [from, to] = [total.firstUsed, total.lastUsed].map((time) => formatTime(time, now).slice(0, -3));
  return [`Tokens over time: ${sparkline(total.series, TREND_WIDTH)}  (${from} to ${to})`];
}

const TREND_WIDTH = 24;

function describeTotal(stats: Stats): string[] {
  const { total, by } = stats;
  const isWhole = total.outputTokens !== null;
  const isEstimate = holdsEstimates(total);
  const figures = {
    ...total,
    failed: total.failedRequests,
    aborted: total.abortedRequests,
    cachedTokens: total.cacheReadTokens,
    isEstimate,
  };
  const parts = [
    ...describeFigures(figures, { what: isWhole ? 'request' : 'use' }),
    ...(total.lostUsd ? [`${formatDollars(total.lostUsd)} of it lost to cache misses`] : []),
    ...(total.feedbackCount > 0
      ? [`rated ${formatRating(total.averageRating)} on average (${total.feedbackCount})`]
      : []),
  ];
  const lines = [`${parts.join(', ')}.`];
  if (total.unpricedRequests > 0 && total.costUsd !== null) {
    lines.push(`${counted(total.unpricedRequests, 'request')} to models without a known price: not in the cost.`);
  }
  if (isEstimate)
    lines.push(
      `~ ${total.estimatedRequests} without a final bill: their output is estimated from its text, or missing.`,
    );
  if (by === 'source' && isWhole)
    lines.push('A source has its share of the input; the cost of answers is only in the total.');
  if (by === 'source' && stats.rows.some(({ key }) => key === UNRECORDED)) {
    lines.push(`${UNRECORDED} is what transcripts do not have: system prompt, tool definitions, memory files.`);
  }
  if (by === 'group') {
    lines.push(
      `${isWhole ? 'A group has its share of the input; the cost of answers is only in the total. ' : ''}A use is one source in one request.`,
    );
  }
  if (by === 'mcp-tool') {
    lines.push(
      'TOKENS and COST of a tool are those of its definition. RESULTS are the tokens of recorded results, each in the first request ' +
        'that carried it.',
    );
  }
  return [...lines, ...describeCounted(stats), ...describeEnds(stats)];
}

function describeCounted({ counts, removedRequests: removed }: Stats): string[] {
  if (counts === 'all_requests') return [];
  if (removed === null) return ['Only requests that are still stored are counted.'];
  return removed === 0
    ? []
    : [`Only requests that are still stored are counted: retention has removed ${removed} others.`];
}

function describeEnds({ removedAtEnds: removed }: Stats): string[] {
  if (!removed) return [];
  const requests = removed === 1 ? 'request is' : 'requests are';
  return [
    `Up to ${removed} removed ${requests} missing: in the hours in which the period begins and ends, only stored ones are counted.`,
  ];
}

function holdsEstimates({ estimatedRequests: estimated }: Pick<StatsRow, 'estimatedRequests'>): boolean {
  return (estimated ?? 0) > 0;
}

const HEADINGS: Readonly<Record<StatsKey, string>> = {
  source: 'SOURCE',
  group: 'GROUP',
  'mcp-tool': 'MCP TOOL',
  prompt: 'PROMPT',
  project: 'PROJECT',
  purpose: 'PURPOSE',
  agent: 'AGENT',
  model: 'MODEL',
  session: 'SESSION',
  hour: 'HOUR (UTC)',
  day: 'DAY',
  week: 'WEEK OF',
  month: 'MONTH',
};

/** What rows without a key are. */
const WITHOUT_KEY: Readonly<Partial<Record<StatsKey, string>>> = {
  prompt: '(no prompt)',
  purpose: '(not known)',
  agent: '(main conversation)',
};

function columnsOf({ by, total, rows }: Stats, width: number, { sort, names }: StatsNotes): Column<StatsRow>[] {
  const wide = width >= WIDE;
  const bySource = by === 'source' || by === 'group';
  const isRated = total.feedbackCount > 0 && (wide || bySource || isTime(by));
  const ofRequests = rows.some(({ outputTokens }) => outputTokens !== null);
  const right = (heading: string, cell: (row: StatsRow) => string): Column<StatsRow> => ({
    heading,
    align: 'right',
    cell,
  });
  const when = (condition: boolean, ...columns: Column<StatsRow>[]) => (condition ? columns : []);
  return [
    {
      heading: HEADINGS[by],
      grow: true,
      cut: by === 'prompt' ? 'end' : 'middle',
      cell: ({ key, prompt }) => prompt ?? nameOf(key, names) ?? WITHOUT_KEY[by] ?? '–',
    },
    right(by === 'group' ? 'USES' : 'REQUESTS', (row) => String(row.requests)),
    ...when(
      by === 'mcp-tool',
      right('CALLS', (row) => String(row.calls ?? 0)),
      right('RESULTS', (row) => formatTokens(row.resultTokens ?? null)),
    ),
    ...when(
      wide && ofRequests,
      right('FAILED', (row) => String(row.failedRequests ?? '–')),
    ),
    right(ofRequests ? 'IN' : 'TOKENS', (row) => formatTokens(row.inputTokens)),
    ...when(
      (wide || by === 'group') && !ofRequests && bySource,
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
    barColumn(rows, wide ? 16 : 10),
    ...when(
      wide && ofRequests,
      right('LOST', (row) => formatDollars(row.lostUsd)),
    ),
    ...when(isRated, {
      ...right('RATING', (row) => formatRating(row.averageRating)),
      dropOrder: 2,
      tone: (row) => ratingTone(row.averageRating),
    }),
    ...when(
      sort === 'value',
      right('GOOD/$', (row) => formatValue(row.valuePerUsd)),
    ),
    ...when(by !== 'hour' && rows.some(({ series }) => series.length > 1), {
      heading: TREND_HEADINGS[by] ?? 'TOKENS OVER TIME',
      dropOrder: 1,
      cell: (row) => sparkline(row.series, by === 'month' ? 31 : wide ? TREND_WIDTH : 12),
    }),
  ];
}

/** A session with a name keeps the beginning of its id, by which commands find it as well. */
function nameOf(key: string | null, names: StatsNotes['names']): string | null {
  const name = key === null ? undefined : names?.get(key);
  return key === null || name === undefined ? key : `${name} (${shortSessionId(key)})`;
}

const TREND_HEADINGS: Readonly<Partial<Record<StatsKey, string>>> = {
  day: 'BY HOUR',
  week: 'BY DAY',
  month: 'BY DAY',
};

/** Beside the cost, or the tokens where no cost is known. */
function barColumn(rows: readonly StatsRow[], width: number): Column<StatsRow> {
  const inDollars = rows.some(({ costUsd }) => costUsd !== null);
  const value = (row: StatsRow) => (inDollars ? (row.costUsd ?? 0) : row.inputTokens);
  const most = Math.max(...rows.map(value));
  return { heading: '', width, cell: (row) => bar(value(row), most, width) };
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

/** Further columns of groupings whose rows have more. */
const CSV_FIELDS_OF: Readonly<Partial<Record<StatsKey, readonly ('prompt' | 'calls' | 'result_tokens')[]>>> = {
  prompt: ['prompt'],
  'mcp-tool': ['calls', 'result_tokens'],
};

export function statsToCsv({ by, rows }: Stats): string {
  // The key of a turn is its id.
  const key = by === 'prompt' ? 'turn_id' : by.replace('-', '_');
  const more = CSV_FIELDS_OF[by] ?? [];
  const heading = csvLine([key, ...more, ...CSV_FIELDS.slice(1)]);
  const line = (row: JsonRow<StatsRow>) =>
    csvLine([row.key, ...[...more, ...CSV_FIELDS.slice(1)].map((field) => row[field] ?? null)]);
  return heading + toJsonRow(rows).map(line).join('');
}
