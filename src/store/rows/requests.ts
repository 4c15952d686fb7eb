import { roundDollars } from '../../model/dollars.js';
import type { CacheMissCause } from '../../model/thread.js';
import type { OutputKnown } from '../../model/usage.js';
import type { Database } from '../sqlite.js';
import { decodeUnpriced } from '../terms.js';
import { type CacheMissRow, INTERRUPTED, iso, type RequestRow, type SourceTotal } from './rows.js';

/** Columns that are in the row as they are stored. */
type Plain = Pick<
  RequestRow,
  | 'id'
  | 'correlation_id'
  | 'session_id'
  | 'agent_id'
  | 'prompt_id'
  | 'kind'
  | 'purpose'
  | 'thread_id'
  | 'previous_id'
  | 'continuation'
  | 'started_by'
  | 'method'
  | 'url'
  | 'host'
  | 'model'
  | 'state'
  | 'status'
  | 'error'
  | 'cost_usd'
  | 'latency_ms'
  | 'ttft_ms'
  | 'proxy_overhead_ms'
  | 'rating'
>;

/** What the tables hold of one request, before its sources. */
interface StoredRequest extends Plain {
  n: number;
  initiated: number;
  streaming: number;
  billed: number | null;
  input_tokens: number | null;
  uncached: number | null;
  cache_read: number | null;
  cache_write_5m: number | null;
  cache_write_1h: number | null;
  output_tokens: number | null;
  output_known: OutputKnown | null;
  unpriced: string | null;
  miss_cause: CacheMissCause | null;
  miss_source: string | null;
  miss_path: string | null;
  miss_detail: string | null;
  lost_tokens: number | null;
  lost_usd: number | null;
  answered: number;
  attributed: number;
}

const COLUMNS = `
  r.n, r.id, r.correlation_id, s.id AS session_id, r.agent_id, r.prompt_id, r.kind, r.state, r.initiated, r.method, r.url,
  r.host, r.model, r.streaming, p.status, p.error, p.billed, p.input_tokens, p.uncached, p.cache_read, p.cache_write_5m,
  p.cache_write_1h, p.output_tokens, p.output_known, p.cost_usd, p.unpriced, p.latency_ms, p.ttft_ms, p.proxy_overhead_ms, f.rating,
  t.purpose, t.thread AS thread_id, t.previous AS previous_id, t.continuation, t.started_by,
  c.cause AS miss_cause, c.source AS miss_source, c.path AS miss_path, c.detail AS miss_detail, c.lost_tokens, c.lost_usd,
  p.request IS NOT NULL AS answered, p.attribution_version IS NOT NULL AS attributed`;

const JOINS = `
  LEFT JOIN captured_responses p ON p.request = r.n
  LEFT JOIN sessions s ON s.n = r.session
  LEFT JOIN quality_feedback f ON f.request = r.n
  LEFT JOIN thread_places t ON t.request = r.n
  LEFT JOIN cache_misses c ON c.request = r.n`;

/** The rows of these requests, in the order given; ids that are not stored are left out. */
export function requestRows(db: Database, ids: readonly string[]): RequestRow[] {
  const select = db.prepare<[string], StoredRequest>(
    `SELECT ${COLUMNS} FROM json_each(?) given JOIN captured_requests r ON r.id = given.value ${JOINS} ORDER BY given.key`,
  );
  return withSources(db, select.all(JSON.stringify(ids)));
}

interface StoredTotal {
  request: number;
  source: string;
  tokens: number;
  new_tokens: number | null;
  cost_usd: number | null;
}

function withSources(db: Database, stored: StoredRequest[]): RequestRow[] {
  const select = db.prepare<[string], StoredTotal>(`
    SELECT a.request, m.source, sum(a.tokens) AS tokens, sum(a.new_tokens) AS new_tokens, sum(a.cost_usd) AS cost_usd
    FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
    WHERE a.request IN (SELECT value FROM json_each(?))
    GROUP BY a.request, a.source ORDER BY tokens DESC, m.source`);
  const totals = select.all(JSON.stringify(stored.map((request) => request.n)));
  const grouped = new Map<number, StoredTotal[]>();
  for (const total of totals) {
    const group = grouped.get(total.request);
    if (group) group.push(total);
    else grouped.set(total.request, [total]);
  }
  return stored.map((request) => requestRow(request, sharesOf(grouped.get(request.n) ?? [])));
}

function sharesOf(totals: StoredTotal[]): SourceTotal[] {
  const all = totals.reduce((sum, total) => sum + total.tokens, 0);
  return totals.map(({ source, tokens, new_tokens, cost_usd }) => ({
    source,
    tokens,
    new_tokens,
    share: all > 0 ? tokens / all : 0,
    cost_usd: roundDollars(cost_usd),
  }));
}

function requestRow(stored: StoredRequest, sources: SourceTotal[]): RequestRow {
  return {
    id: stored.id,
    correlation_id: stored.correlation_id,
    session_id: stored.session_id,
    agent_id: stored.agent_id,
    prompt_id: stored.prompt_id,
    kind: stored.kind,
    purpose: stored.purpose,
    thread_id: stored.thread_id,
    previous_id: stored.previous_id,
    continuation: stored.continuation,
    started_by: stored.started_by,
    timestamp: iso(stored.initiated),
    method: stored.method,
    url: stored.url,
    host: stored.host,
    model: stored.model,
    state: stored.state,
    status: stored.status,
    error: stored.state === 'interrupted' ? INTERRUPTED : stored.error,
    streaming: stored.streaming === 1,
    tokens: {
      input: stored.input_tokens,
      uncached: stored.uncached,
      cache_read: stored.cache_read,
      cache_write_5m: stored.cache_write_5m,
      cache_write_1h: stored.cache_write_1h,
      output: stored.output_tokens,
      known: stored.billed === 1 ? 'exact' : stored.input_tokens === null ? null : 'estimated',
      output_known: stored.output_known ?? 'unknown',
    },
    cost_usd: roundDollars(stored.cost_usd),
    unpriced: decodeUnpriced(stored.unpriced),
    latency_ms: stored.latency_ms,
    ttft_ms: stored.ttft_ms,
    proxy_overhead_ms: stored.proxy_overhead_ms,
    rating: stored.rating,
    cache_miss: cacheMissOf(stored),
    attributed: stored.kind === 'messages' && stored.answered === 1 ? stored.attributed === 1 : null,
    sources,
  };
}

function cacheMissOf(stored: StoredRequest): CacheMissRow | null {
  if (stored.miss_cause === null || stored.lost_tokens === null) return null;
  return {
    cause: stored.miss_cause,
    source: stored.miss_source,
    path: stored.miss_path,
    detail: stored.miss_detail,
    lost_tokens: stored.lost_tokens,
    lost_usd: roundDollars(stored.lost_usd),
  };
}
