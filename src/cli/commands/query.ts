import type { Argv } from 'yargs';
import { EXCHANGE_KINDS, EXCHANGE_STATES } from '../../model/exchange.js';
import { openReader, type RequestFilter, type RequestRow } from '../../store/index.js';
import type { OptionsOf } from '../command-file.js';
import { UsageError } from '../errors.js';
import { csvLine } from '../format/csv.js';
import { type Column, renderTable } from '../format/table.js';
import { formatDollars, formatDuration, formatPercent, formatTime, formatTokens } from '../format/units.js';
import { resolvePaths } from '../paths.js';
import { writeOut } from '../stdout.js';
import { parseTimeArgument } from '../time-argument.js';

/** Rows of one answer; scripts page with --offset. */
const MAX_ROWS = 100_000;

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace query [options]\n\nList captured requests, newest first.')
    .option('source', {
      type: 'string',
      describe: 'requests that carried this source: mcp:serena, skill:*, memory:*CLAUDE.md',
    })
    .option('since', { type: 'string', describe: 'from this time: ISO 8601, or an age such as 2h, 7d' })
    .option('until', { type: 'string', describe: 'up to this time' })
    .option('session', { type: 'string', describe: 'session id of Claude Code' })
    .option('agent', { type: 'string', describe: 'agent id of Claude Code' })
    .option('model', { type: 'string', describe: 'model, with * for any text' })
    .option('status', { type: 'string', describe: '200, a class such as 4xx, error, or a state such as open' })
    .option('kind', {
      choices: [...EXCHANGE_KINDS, 'all'] as const,
      default: 'messages' as const,
      describe: 'what the request was for',
    })
    .option('rated', { type: 'boolean', default: false, describe: 'only rated requests' })
    .option('min-tokens', { type: 'number', describe: 'at least so many input tokens' })
    .option('limit', { type: 'number', default: 20, describe: 'at most so many rows' })
    .option('offset', { type: 'number', default: 0, describe: 'rows to pass over' })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON array' })
    .option('ndjson', { type: 'boolean', default: false, describe: 'a JSON object a line' })
    .option('csv', { type: 'boolean', default: false, describe: 'CSV' });
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  if ([args.json, args.ndjson, args.csv].filter(Boolean).length > 1) {
    throw new UsageError('Give only one of --json, --ndjson, --csv.');
  }
  const filter = toFilter(args, Date.now());
  const page = {
    limit: wholeNumber('limit', args.limit, 1, MAX_ROWS),
    offset: wholeNumber('offset', args.offset, 0, Number.MAX_SAFE_INTEGER),
  };
  const reader = openReader(resolvePaths(process.env).database);
  try {
    const { rows, total } = reader.query(filter, page);
    if (args.json) return writeOut(`${JSON.stringify(rows, null, 2)}\n`);
    if (args.ndjson) return writeOut(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    if (args.csv) return writeOut(toCsv(rows));
    return writeOut(toTable(rows, total));
  } finally {
    reader.close();
  }
}

function toFilter(args: Args, now: number): RequestFilter {
  const filter: RequestFilter = {
    kind: args.kind,
  };
  if (args.rated) filter.rated = true;
  if (args.source !== undefined) filter.source = args.source;
  if (args.since !== undefined) filter.since = parseTimeArgument(args.since, 'since', now);
  if (args.until !== undefined) filter.until = parseTimeArgument(args.until, 'until', now);
  if (args.session !== undefined) filter.sessionId = args.session;
  if (args.agent !== undefined) filter.agentId = args.agent;
  if (args.model !== undefined) filter.model = args.model;
  if (args.status !== undefined) filter.status = parseStatus(args.status);
  if (args.minTokens !== undefined) {
    filter.minTokens = wholeNumber('min-tokens', args.minTokens, 0, Number.MAX_SAFE_INTEGER);
  }
  return filter;
}

function parseStatus(status: string): string {
  if (/^([1-5]\d\d|[1-5]xx|error)$/i.test(status) || EXCHANGE_STATES.some((state) => state === status)) return status;
  throw new UsageError(
    `--status: "${status}" is none; give a code (200), a class (4xx), error, or one of ${EXCHANGE_STATES.join(', ')}.`,
  );
}

function wholeNumber(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`--${option}: give a whole number from ${least} to ${most}.`);
}

const COLUMNS: readonly Column<RequestRow>[] = [
  { heading: 'TIME', cell: (row) => formatTime(row.timestamp, new Date()) },
  { heading: 'ID', cell: (row) => row.id },
  { heading: 'MODEL', cell: (row) => row.model ?? row.kind },
  {
    heading: 'STATUS',
    align: 'right',
    cell: (row) => (row.status === null ? (row.error ? 'error' : 'open') : String(row.status)),
  },
  { heading: 'IN', align: 'right', cell: (row) => formatTokens(row.tokens.input) },
  { heading: 'CACHED', align: 'right', cell: (row) => formatPercent(cacheShare(row)) },
  { heading: 'OUT', align: 'right', cell: (row) => formatTokens(row.tokens.output) },
  { heading: 'COST', align: 'right', cell: (row) => formatDollars(row.cost_usd) },
  { heading: 'TIME TAKEN', align: 'right', cell: (row) => formatDuration(row.latency_ms) },
  { heading: 'MOST FROM', grow: true, cell: heaviest },
];

function toTable(rows: readonly RequestRow[], total: number): string {
  if (rows.length === 0) return 'No request matches.\n';
  const lines = renderTable(COLUMNS, rows, process.stdout.columns ?? Number.POSITIVE_INFINITY);
  if (total > rows.length) lines.push(`${rows.length} of ${total}; --limit and --offset show more.`);
  return `${lines.join('\n')}\n`;
}

function cacheShare({ tokens }: RequestRow): number | null {
  return tokens.input && tokens.cache_read !== null ? tokens.cache_read / tokens.input : null;
}

function heaviest(row: RequestRow): string {
  return [...row.sources]
    .sort((a, b) => b.tokens - a.tokens)
    .slice(0, 3)
    .map((each) => `${each.source} ${formatPercent(each.share)}`)
    .join(', ');
}

const CSV_FIELDS: readonly [name: string, value: (row: RequestRow) => string | number | boolean | null][] = [
  ['id', (row) => row.id],
  ['correlation_id', (row) => row.correlation_id],
  ['session_id', (row) => row.session_id],
  ['agent_id', (row) => row.agent_id],
  ['prompt_id', (row) => row.prompt_id],
  ['kind', (row) => row.kind],
  ['timestamp', (row) => row.timestamp],
  ['method', (row) => row.method],
  ['url', (row) => row.url],
  ['host', (row) => row.host],
  ['model', (row) => row.model],
  ['status', (row) => row.status],
  ['error', (row) => row.error],
  ['streaming', (row) => row.streaming],
  ['input_tokens', (row) => row.tokens.input],
  ['uncached_tokens', (row) => row.tokens.uncached],
  ['cache_read_tokens', (row) => row.tokens.cache_read],
  ['cache_write_5m_tokens', (row) => row.tokens.cache_write_5m],
  ['cache_write_1h_tokens', (row) => row.tokens.cache_write_1h],
  ['output_tokens', (row) => row.tokens.output],
  ['tokens_known', (row) => row.tokens.known],
  ['cost_usd', (row) => row.cost_usd],
  ['latency_ms', (row) => row.latency_ms],
  ['ttft_ms', (row) => row.ttft_ms],
  ['proxy_overhead_ms', (row) => row.proxy_overhead_ms],
  ['rating', (row) => row.rating],
  ['purpose', (row) => row.purpose],
  ['thread_id', (row) => row.thread_id],
  ['previous_id', (row) => row.previous_id],
  ['cache_miss', (row) => row.cache_miss?.cause ?? null],
  ['cache_miss_source', (row) => row.cache_miss?.source ?? null],
  ['lost_tokens', (row) => row.cache_miss?.lost_tokens ?? null],
  ['lost_usd', (row) => row.cache_miss?.lost_usd ?? null],
  ['sources', (row) => row.sources.map((each) => `${each.source}=${each.tokens}`).join(';')],
];

function toCsv(rows: readonly RequestRow[]): string {
  const heading = csvLine(CSV_FIELDS.map(([name]) => name));
  return heading + rows.map((row) => csvLine(CSV_FIELDS.map(([, value]) => value(row)))).join('');
}
