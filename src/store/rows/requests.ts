import { roundDollars } from '../../model/dollars.js';
import type { RequestSummary, SourceTotal } from '../../model/request.js';
import type { Source } from '../../model/source.js';
import type { CacheMiss, CacheMissCause } from '../../model/thread.js';
import type { OutputKnown } from '../../model/usage.js';
import type { Database } from '../sqlite.js';
import { decodeUnpriced } from '../terms.js';

/** The `error` of a request whose recorder died before the response was stored. */
const INTERRUPTED = 'interrupted: claude-trace ended before the response was stored';

/** Columns that are in the row as they are stored. */
type Plain = Pick<
  RequestSummary,
  | 'id'
  | 'correlationId'
  | 'sessionId'
  | 'agentId'
  | 'promptId'
  | 'origin'
  | 'kind'
  | 'purpose'
  | 'threadId'
  | 'previousId'
  | 'continuation'
  | 'startedBy'
  | 'agent'
  | 'turnId'
  | 'method'
  | 'url'
  | 'host'
  | 'model'
  | 'state'
  | 'status'
  | 'error'
  | 'costUsd'
  | 'latencyMs'
  | 'ttftMs'
  | 'proxyOverheadMs'
  | 'rating'
>;

/** What the tables hold of one request, before its sources. */
interface StoredRequest extends Plain {
  n: number;
  initiated: number;
  streaming: number;
  billed: number | null;
  inputTokens: number | null;
  uncached: number | null;
  cacheRead: number | null;
  cacheWrite5m: number | null;
  cacheWrite1h: number | null;
  outputTokens: number | null;
  outputKnown: OutputKnown | null;
  unpriced: string | null;
  missCause: CacheMissCause | null;
  missSource: string | null;
  missPath: string | null;
  missDetail: string | null;
  lostTokens: number | null;
  lostUsd: number | null;
  answered: number;
  attributed: number;
}

const COLUMNS = `
  r.n, r.id, r.correlation_id AS correlationId, s.id AS sessionId, r.agent_id AS agentId, r.prompt_id AS promptId, r.origin, r.kind,
  r.state, r.initiated, r.method, r.url, r.host, r.model, r.streaming,
  p.status, p.error, p.billed, p.input_tokens AS inputTokens, p.uncached, p.cache_read AS cacheRead,
  p.cache_write_5m AS cacheWrite5m, p.cache_write_1h AS cacheWrite1h, p.output_tokens AS outputTokens,
  p.output_known AS outputKnown, p.cost_usd AS costUsd, p.unpriced, p.latency_ms AS latencyMs, p.ttft_ms AS ttftMs,
  p.proxy_overhead_ms AS proxyOverheadMs, f.rating,
  t.purpose, t.thread AS threadId, t.previous AS previousId, t.continuation, t.started_by AS startedBy, t.agent,
  u.id AS turnId,
  c.cause AS missCause, c.source AS missSource, c.path AS missPath, c.detail AS missDetail, c.lost_tokens AS lostTokens,
  c.lost_usd AS lostUsd,
  p.request IS NOT NULL AS answered, p.attribution_version IS NOT NULL AS attributed`;

const JOINS = `
  LEFT JOIN captured_responses p ON p.request = r.n
  LEFT JOIN sessions s ON s.n = r.session
  LEFT JOIN quality_feedback f ON f.request = r.n
  LEFT JOIN thread_places t ON t.request = r.n
  LEFT JOIN cache_misses c ON c.request = r.n
  LEFT JOIN turns u ON u.n = r.turn`;

/** The rows of these requests, in the order given; ids that are not stored are left out. */
export function requestRows(db: Database, ids: readonly string[]): RequestSummary[] {
  const select = db.prepare<[string], StoredRequest>(
    `SELECT ${COLUMNS} FROM json_each(?) given JOIN captured_requests r ON r.id = given.value ${JOINS} ORDER BY given.key`,
  );
  return withSources(db, select.all(JSON.stringify(ids)));
}

/** Total of one source in one request. */
type StoredTotal = [request: number, source: number, tokens: number, newTokens: number | null, costUsd: number | null];

/** A page has thousands of totals. Arrays with the numbers of sources take half the time of objects with their names. */
function withSources(db: Database, stored: StoredRequest[]): RequestSummary[] {
  const select = db.prepare<[string], StoredTotal>(`
    SELECT request, source, sum(tokens), sum(new_tokens), sum(cost_usd) FROM context_attributions
    WHERE request IN (SELECT value FROM json_each(?)) GROUP BY request, source`);
  const totals = select.raw().all(JSON.stringify(stored.map((request) => request.n)));
  const names = sourceNames(db, new Set(totals.map(([, source]) => source)));
  const grouped = new Map<number, StoredTotal[]>();
  for (const total of totals) {
    const group = grouped.get(total[0]);
    if (group) group.push(total);
    else grouped.set(total[0], [total]);
  }
  return stored.map((request) => requestRow(request, sharesOf(grouped.get(request.n) ?? [], names)));
}

function sourceNames(db: Database, ids: ReadonlySet<number>): ReadonlyMap<number, Source> {
  const select = db.prepare<[string], [number, Source]>(
    'SELECT id, source FROM context_source_metrics WHERE id IN (SELECT value FROM json_each(?))',
  );
  return new Map(select.raw().all(JSON.stringify([...ids])));
}

/** The largest first. */
function sharesOf(totals: StoredTotal[], names: ReadonlyMap<number, Source>): SourceTotal[] {
  const all = totals.reduce((sum, [, , tokens]) => sum + tokens, 0);
  const shares = totals.map(
    ([, source, tokens, newTokens, costUsd]): SourceTotal => ({
      source: names.get(source) ?? 'unknown',
      tokens,
      newTokens,
      share: all > 0 ? tokens / all : 0,
      costUsd: roundDollars(costUsd),
    }),
  );
  return shares.sort((one, other) => other.tokens - one.tokens || (one.source < other.source ? -1 : 1));
}

function requestRow(stored: StoredRequest, sources: SourceTotal[]): RequestSummary {
  return {
    id: stored.id,
    correlationId: stored.correlationId,
    sessionId: stored.sessionId,
    agentId: stored.agentId,
    promptId: stored.promptId,
    origin: stored.origin,
    kind: stored.kind,
    purpose: stored.purpose,
    threadId: stored.threadId,
    previousId: stored.previousId,
    continuation: stored.continuation,
    startedBy: stored.startedBy,
    agent: stored.agent,
    turnId: stored.turnId,
    timestamp: new Date(stored.initiated),
    method: stored.method,
    url: stored.url,
    host: stored.host,
    model: stored.model,
    state: stored.state,
    status: stored.status,
    error: stored.state === 'interrupted' ? INTERRUPTED : stored.error,
    streaming: stored.streaming === 1,
    tokens: {
      input: stored.inputTokens,
      uncached: stored.uncached,
      cacheRead: stored.cacheRead,
      cacheWrite5m: stored.cacheWrite5m,
      cacheWrite1h: stored.cacheWrite1h,
      output: stored.outputTokens,
      known: stored.billed === 1 ? 'exact' : stored.inputTokens === null ? null : 'estimated',
      outputKnown: stored.outputKnown ?? 'unknown',
    },
    costUsd: roundDollars(stored.costUsd),
    unpriced: decodeUnpriced(stored.unpriced),
    latencyMs: stored.latencyMs,
    ttftMs: stored.ttftMs,
    proxyOverheadMs: stored.proxyOverheadMs,
    rating: stored.rating,
    cacheMiss: cacheMissOf(stored),
    attributed: stored.kind === 'messages' && stored.answered === 1 ? stored.attributed === 1 : null,
    sources,
  };
}

function cacheMissOf(stored: StoredRequest): CacheMiss | null {
  if (stored.missCause === null || stored.lostTokens === null) return null;
  return {
    cause: stored.missCause,
    source: stored.missSource,
    path: stored.missPath,
    detail: stored.missDetail,
    lostTokens: stored.lostTokens,
    lostUsd: roundDollars(stored.lostUsd),
  };
}
