import type { ExchangeKind, ExchangeOrigin, ExchangeState, HeaderList, Timestamps } from '../../model/exchange.js';
import { type RequestId, requestId } from '../../model/ids.js';
import type { OutputKnown, Usage } from '../../model/usage.js';
import { type BodySide, bodyInfo, readBody } from '../bodies.js';
import type { ContentReader } from '../content/content-reader.js';
import { DamagedContentError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { readHeaders } from '../stored-json.js';
import { decodeTerms } from '../terms.js';

/** Which requests to attribute again. */
export interface ReplayFilter {
  /** Version of the attribution engine: requests that another version or none attributed are outdated. */
  version: number;
  /** Also those that are not outdated. */
  all?: boolean | undefined;
  sessionId?: string | undefined;
  /** Unix ms: initiated at or after. */
  since?: number | undefined;
}

export interface ReplayPlan {
  /** Exchanges by session, in the order in which they ended, including `count_tokens`, from which attribution learns. */
  sessions: RequestId[][];
  /** Answered requests of kind `messages` that are not in `sessions`. */
  others: number;
  /** How many of the others would be attributed again if their whole session were still stored. */
  severed: number;
}

/**
 * A session with one outdated request is replayed as a whole, since a request's cost depends on earlier requests. A session from
 * which requests were removed is skipped: what the removed ones contained would be counted as new in the first that is left.
 */
export function planReplay(db: Database, { version, all = false, sessionId, since }: ReplayFilter): ReplayPlan {
  const conditions = ["r.kind = 'messages'"];
  const parameters: (string | number)[] = [];
  const add = (condition: string, value: string | number) => {
    conditions.push(condition);
    parameters.push(value);
  };
  if (!all) add('p.attribution_version IS NOT ?', version);
  if (sessionId !== undefined) add('r.session = (SELECT n FROM sessions WHERE id = ?)', sessionId);
  if (since !== undefined) add('r.initiated >= ?', since);
  const rows = db
    .prepare<(string | number)[], { correlationId: string; kind: ExchangeKind; session: number; severed: 0 | 1 }>(`
      WITH severed AS MATERIALIZED (${SEVERED_SESSIONS}), outdated AS MATERIALIZED (
        SELECT r.n, r.session FROM captured_requests r JOIN captured_responses p ON p.request = r.n
        WHERE ${conditions.join(' AND ')}
      )
      SELECT
        r.correlation_id AS correlationId, r.kind, coalesce(r.session, 0) AS session,
        coalesce(r.session, 0) IN severed AS severed
      FROM captured_requests r JOIN captured_responses p ON p.request = r.n
      WHERE r.kind IN ('messages', 'count_tokens') AND (
        r.n IN (SELECT n FROM outdated) OR r.session IN (SELECT session FROM outdated WHERE session IS NOT NULL)
      )
      ORDER BY r.session, r.initiated + coalesce(p.latency_ms, 0), r.n`)
    .all(...parameters);
  const answered = db
    .prepare<[], number>(`
      SELECT count(*) FROM captured_requests r JOIN captured_responses p ON p.request = r.n WHERE r.kind = 'messages'`)
    .pluck()
    .get();
  const whole = rows.filter((row) => row.severed === 0);
  const sessions = new Map<number, RequestId[]>();
  for (const { session, correlationId } of whole) {
    const ids = sessions.get(session) ?? [];
    sessions.set(session, ids);
    ids.push(requestId(correlationId));
  }
  const count = (some: typeof rows) => some.filter(({ kind }) => kind === 'messages').length;
  return {
    sessions: [...sessions.values()],
    others: (answered ?? 0) - count(whole),
    severed: count(rows) - count(whole),
  };
}

/**
 * Sessions that had more requests than are stored, or in which a request continues one that is not stored. 0 is the session of
 * requests without one: they are attributed as if they had one in common.
 */
const SEVERED_SESSIONS = `
  SELECT h.session FROM request_hours h GROUP BY h.session HAVING sum(h.requests) > (
    SELECT count(*) FROM captured_requests r
    WHERE r.session IS nullif(h.session, 0) AND r.kind = 'messages'
  )
  UNION
  SELECT coalesce(r.session, 0) FROM thread_places t JOIN captured_requests r ON r.n = t.request
  WHERE t.previous IS NOT NULL AND NOT EXISTS (SELECT 1 FROM captured_requests before WHERE before.id = t.previous)`;

interface StoredMessage {
  headers: HeaderList;
  body: { bytes: Uint8Array; redacted: boolean; truncated: boolean };
}

/** The parts of a captured exchange that attribution reads. */
export interface StoredExchange extends StoredMessage {
  id: RequestId;
  origin: ExchangeOrigin;
  kind: ExchangeKind;
  method: string;
  state: ExchangeState;
  sessionId: string | null;
  agentId: string | null;
  model: string | null;
  timestamps: Timestamps;
  response: StoredMessage & {
    status: number | null;
    reason: string | null;
    error: string | null;
    degraded: string | null;
    usage: Usage | null;
  };
  /** By the last attribution, US dollars; null without a price. */
  costUsd: number | null;
}

type StoredRow = Omit<StoredExchange, 'id' | 'headers' | 'body' | 'timestamps' | 'response'> &
  Timestamps &
  Pick<StoredExchange['response'], 'status' | 'reason' | 'error' | 'degraded'> & {
    n: number;
    headers: number;
    responseHeaders: number;
    outputKnown: OutputKnown;
    terms: string | null;
  } & (({ billed: 1 } & Usage) | { billed: 0 });

/** Null when there is no such exchange, or it has not ended. @throws DamagedContentError */
export function readExchange(db: Database, content: ContentReader, id: string): StoredExchange | null {
  const stored = db
    .prepare<[string], StoredRow & { correlationId: string }>(`
      SELECT
        r.n, r.correlation_id AS correlationId, r.origin, r.kind, r.method, r.state, s.id AS sessionId, r.agent_id AS agentId, r.model, r.headers, r.initiated, r.received,
        r.forwarded, p.first_byte AS firstByte, p.response_end AS responseEnd, p.delivered, p.status, p.reason, p.error, p.degraded,
        p.headers AS responseHeaders, p.billed, p.uncached, p.cache_read AS cacheRead, p.cache_write_5m AS cacheWrite5m,
        p.cache_write_1h AS cacheWrite1h, p.output_tokens AS output, p.output_known AS outputKnown, p.terms, p.web_searches AS webSearches, p.cost_usd AS costUsd
      FROM captured_requests r
      JOIN captured_responses p ON p.request = r.n
      LEFT JOIN sessions s ON s.n = r.session
      WHERE r.id = ?`)
    .get(id);
  if (stored === undefined) return null;
  const { initiated, received, forwarded, firstByte, responseEnd, delivered } = stored;
  return {
    id: requestId(stored.correlationId),
    origin: stored.origin,
    kind: stored.kind,
    method: stored.method,
    state: stored.state,
    sessionId: stored.sessionId,
    agentId: stored.agentId,
    model: stored.model,
    timestamps: { initiated, received, forwarded, firstByte, responseEnd, delivered },
    ...messageOf(db, content, stored.n, 'request', stored.headers),
    response: {
      status: stored.status,
      reason: stored.reason,
      error: stored.error,
      degraded: stored.degraded,
      usage: usageOf(stored),
      ...messageOf(db, content, stored.n, 'response', stored.responseHeaders),
    },
    costUsd: stored.costUsd,
  };
}

function messageOf(db: Database, content: ContentReader, n: number, side: BodySide, headers: number): StoredMessage {
  const bytes = readBody(db, content, n, side);
  const info = bodyInfo(db, n, side);
  if (bytes === null || info === null) throw new DamagedContentError(`${side} body`);
  return {
    headers: readHeaders(content, headers),
    body: { bytes, redacted: info.redacted, truncated: info.truncated },
  };
}

function usageOf(stored: StoredRow): Usage | null {
  if (stored.billed !== 1) return null;
  const { uncached, cacheRead, cacheWrite5m, cacheWrite1h, webSearches } = stored;
  // Estimates are not part of a bill.
  const output = stored.outputKnown === 'exact' ? stored.output : null;
  return { uncached, cacheRead, cacheWrite5m, cacheWrite1h, output, webSearches, terms: decodeTerms(stored.terms) };
}
