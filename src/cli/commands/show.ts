import type { Argv } from 'yargs';
import type { Segment } from '../../model/segment.js';
import { openReader, type Reader, type RequestDetail } from '../../store/index.js';
import type { OptionsOf } from '../command-file.js';
import { loadConfig } from '../config-file.js';
import { UsageError, UserError } from '../errors.js';
import { renderTable } from '../format/table.js';
import {
  formatBytes,
  formatDollars,
  formatDuration,
  formatPercent,
  formatTime,
  formatTokens,
} from '../format/units.js';
import { resolvePaths } from '../paths.js';
import { type SegmentWithText, segmentsOf } from '../segments.js';
import { writeOut } from '../stdout.js';
import { toCurl } from '../to-curl.js';

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace show <id|last> [options]\n\nOne request, whole.')
    .positional('id', { type: 'string', demandOption: true, describe: 'an id, the beginning of one, or last' })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON' })
    .option('segments', { type: 'boolean', default: false, describe: 'every segment with its source and text' })
    .option('request-body', { type: 'boolean', default: false, describe: 'the exact bytes that were sent' })
    .option('response-body', { type: 'boolean', default: false, describe: 'the exact bytes that came back' })
    .option('curl', { type: 'boolean', default: false, describe: 'as a curl command, without its secrets' });
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const chosen = [args.requestBody, args.responseBody, args.curl, args.json].filter(Boolean);
  if (chosen.length > 1) throw new UsageError('Give only one of --json, --request-body, --response-body, --curl.');
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  const reader = openReader(paths.database);
  try {
    const request = reader.request(args.id);
    if (args.requestBody) return writeOut(reader.requestBody(request.id));
    if (args.responseBody) return writeOut(responseBody(reader, request));
    if (args.curl) return writeOut(`${toCurl(request)}\n`);
    if (args.json)
      return writeOut(`${JSON.stringify(toJson(request, segmentsOf(reader, request, prices)), null, 2)}\n`);
    const segments = args.segments ? segmentsOf(reader, request, prices) : [];
    return writeOut(`${[...describe(request, reader), ...segments.flatMap(describeSegment)].join('\n')}\n`);
  } finally {
    reader.close();
  }
}

function responseBody(reader: Reader, request: RequestDetail): Uint8Array {
  const bytes = reader.responseBody(request.id);
  if (bytes) return bytes;
  throw new UserError(`${request.id} has no response: ${request.error ?? 'it is still open'}.`);
}

/** Scripts get the fields of `query --json` and all that one request adds; segments carry their text. */
function toJson(request: RequestDetail, segments: readonly SegmentWithText[]) {
  return { ...request, segments: segments.map(segmentToJson) };
}

function segmentToJson({ segment, text }: SegmentWithText) {
  return {
    path: segment.path,
    start: segment.start,
    end: segment.end,
    source: segment.source,
    part: segment.part,
    detail: segment.detail,
    role: segment.role,
    hash: segment.hash,
    tokens: segment.tokens,
    estimated_tokens: segment.estimatedTokens,
    known: segment.known,
    cache: {
      read: segment.cache.read,
      write_5m: segment.cache.write5m,
      write_1h: segment.cache.write1h,
      uncached: segment.cache.uncached,
    },
    cost_usd: segment.costUsd,
    text,
  };
}

function describe(request: RequestDetail, reader: Reader): string[] {
  const { tokens, response } = request;
  const lines: [name: string, value: string | null][] = [
    ['request', request.id],
    ['time', formatTime(request.timestamp, new Date())],
    ['what', `${request.method} ${request.url}`],
    ['kind', `${request.kind}${request.streaming ? ', streaming' : ''}`],
    ['model', request.model],
    ['session', request.session_id],
    ['agent', request.agent_id],
    ['state', request.state],
    ['status', response?.status ? `${response.status} ${response.reason ?? ''}`.trim() : null],
    ['error', request.error],
    ['degraded', request.degraded ?? response?.degraded ?? null],
    [
      'input',
      tokens.input === null
        ? null
        : `${formatTokens(tokens.input)} tokens (${describeCache(request)}; ${tokens.known})`,
    ],
    ['output', tokens.output === null ? null : `${formatTokens(tokens.output)} tokens`],
    ['cost', request.cost_usd === null ? null : formatDollars(request.cost_usd)],
    ['times', describeTimes(request)],
    ['body sent', describeBody(request.request_body)],
    ['body received', response ? describeBody(response.body) : null],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const head = lines.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`${name.padEnd(width)}  ${value}`],
  );
  return [...head, '', ...describeShares(request, reader)];
}

function describeCache({ tokens }: RequestDetail): string {
  const parts: [string, number | null][] = [
    ['read from cache', tokens.cache_read],
    ['written for 5 min', tokens.cache_write_5m],
    ['written for 1 h', tokens.cache_write_1h],
    ['uncached', tokens.uncached],
  ];
  return (
    parts.flatMap(([name, count]) => (count ? [`${formatTokens(count)} ${name}`] : [])).join(', ') || 'nothing billed'
  );
}

function describeTimes(request: RequestDetail): string {
  return [
    `first token ${formatDuration(request.ttft_ms)}`,
    `whole ${formatDuration(request.latency_ms)}`,
    `in the proxy ${request.proxy_overhead_ms === null ? '–' : `${request.proxy_overhead_ms.toFixed(2)} ms`}`,
  ].join(', ');
}

function describeBody(body: RequestDetail['request_body']): string {
  const notes = [
    body.sha256 ? `sha256 ${body.sha256}` : null,
    body.truncated ? 'truncated' : null,
    body.redacted ? 'secrets redacted' : null,
  ];
  return [formatBytes(body.size), ...notes.filter((note) => note !== null)].join(', ');
}

function describeShares(request: RequestDetail, reader: Reader): string[] {
  const shares = reader.shares(request.id);
  const total = shares.reduce((sum, share) => sum + share.tokens, 0);
  return renderTable(
    [
      { heading: 'SOURCE', grow: true, cell: (share) => share.source },
      { heading: 'PART', cell: (share) => share.part },
      { heading: 'TOKENS', align: 'right', cell: (share) => formatTokens(share.tokens) },
      { heading: 'SHARE', align: 'right', cell: (share) => formatPercent(total > 0 ? share.tokens / total : null) },
      { heading: 'COST', align: 'right', cell: (share) => formatDollars(share.cost_usd) },
    ],
    [...shares].sort((a, b) => b.tokens - a.tokens),
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
}

function describeSegment({ segment, text }: SegmentWithText): string[] {
  return ['', `── ${label(segment)}`, text.trimEnd()];
}

function label(segment: Segment): string {
  const detail = segment.detail ? ` (${segment.detail})` : '';
  return `${segment.source} ${segment.part}${detail}, ${segment.tokens} tokens, ${segment.known}, ${segment.path}`;
}
