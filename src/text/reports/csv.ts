import type { RequestSummary } from '../../model/request.js';
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

/** Columns of `query --csv` and `export --format csv`. */
const REQUEST_FIELDS: readonly [name: string, value: (row: RequestSummary) => string | number | boolean | null][] = [
  ['id', (row) => row.id],
  ['correlation_id', (row) => row.correlationId],
  ['session_id', (row) => row.sessionId],
  ['agent_id', (row) => row.agentId],
  ['prompt_id', (row) => row.promptId],
  ['origin', (row) => row.origin],
  ['kind', (row) => row.kind],
  ['timestamp', (row) => row.timestamp.toISOString()],
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
  ['cache_read_tokens', (row) => row.tokens.cacheRead],
  ['cache_write_5m_tokens', (row) => row.tokens.cacheWrite5m],
  ['cache_write_1h_tokens', (row) => row.tokens.cacheWrite1h],
  ['output_tokens', (row) => row.tokens.output],
  ['tokens_known', (row) => row.tokens.known],
  ['output_known', (row) => row.tokens.outputKnown],
  ['cost_usd', (row) => row.costUsd],
  ['unpriced', (row) => row.unpriced.join(';')],
  ['latency_ms', (row) => row.latencyMs],
  ['ttft_ms', (row) => row.ttftMs],
  ['proxy_overhead_ms', (row) => row.proxyOverheadMs],
  ['rating', (row) => row.rating],
  ['purpose', (row) => row.purpose],
  ['thread_id', (row) => row.threadId],
  ['previous_id', (row) => row.previousId],
  ['agent', (row) => row.agent],
  ['turn_id', (row) => row.turnId],
  ['cache_miss_cause', (row) => row.cacheMiss?.cause ?? null],
  ['cache_miss_source', (row) => row.cacheMiss?.source ?? null],
  ['lost_tokens', (row) => row.cacheMiss?.lostTokens ?? null],
  ['lost_usd', (row) => row.cacheMiss?.lostUsd ?? null],
  ['sources', (row) => row.sources.map((each) => `${each.source}=${each.tokens}`).join(';')],
];

/** @param more names of further fields */
export function requestCsvHeading(more: readonly string[] = []): string {
  return csvLine([...REQUEST_FIELDS.map(([name]) => name), ...more]);
}

export function requestCsvLine(row: RequestSummary, more: readonly (number | null)[] = []): string {
  return csvLine([...REQUEST_FIELDS.map(([, value]) => value(row)), ...more]);
}
