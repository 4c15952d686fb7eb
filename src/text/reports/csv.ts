import type { RequestRow } from '../../store/index.js';
import { printable } from '../text.js';

/** CSV as in RFC 4180, without control characters, as it may be printed on a terminal. */
export function csvLine(fields: readonly (string | number | boolean | null)[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(value: string | number | boolean | null): string {
  if (value === null) return '';
  const text = printable(String(value));
  // A spreadsheet runs text that begins with = + - or @ as a formula. OWASP recommends a leading quote against CSV
  // injection.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Of `query --csv` and `export --format csv`. */
const REQUEST_FIELDS: readonly [name: string, value: (row: RequestRow) => string | number | boolean | null][] = [
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
  ['state', (row) => row.state],
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
  ['output_known', (row) => row.tokens.output_known],
  ['cost_usd', (row) => row.cost_usd],
  ['unpriced', (row) => row.unpriced.join(';')],
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

export const REQUEST_CSV_HEADING = csvLine(REQUEST_FIELDS.map(([name]) => name));

export function requestCsvLine(row: RequestRow): string {
  return csvLine(REQUEST_FIELDS.map(([, value]) => value(row)));
}
