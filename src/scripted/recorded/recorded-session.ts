import { isRecord } from '../../base/json.js';
import { readJsonBody } from '../../history/json-body.js';
import { isRunId, runStart } from '../../model/ids.js';
import type { RequestSummary } from '../../model/request.js';
import { DamagedContentError, type Reader, type RequestFilter, type StoredExchange } from '../../store/index.js';
import { createMatcher, type Matcher, type Recorded } from './matching.js';
import { type Endpoint, type KnownTurns, type RequestShape, shapeOf } from './request-shape.js';

/** The id of a recorded request. Its answer is read when it is sent. */
export type RecordedId = string;

/** A session as its API saw it. */
export interface RecordedSession {
  sessionId: string;
  /** Requests with an answer, the oldest first. */
  requests: readonly Recorded<RecordedId>[];
  matcher: Matcher<RecordedId>;
  /** Ids of other requests of its runs, such as those for settings, by `METHOD path`, the oldest first. */
  others: ReadonlyMap<string, readonly RecordedId[]>;
  /** Requests that have no answer, or cannot be read. */
  unanswered: number;
}

const PAGE = 500;

/**
 * Reads the requests of a session; their bodies are not kept.
 * @param sessionId whole @throws StoreError
 */
export function readRecordedSession(reader: Reader, sessionId: string): RecordedSession {
  const rows = [...requestsOf(reader, { sessionId, kind: 'all' })];
  const requests: Recorded<RecordedId>[] = [];
  const turns: KnownTurns = new Map();
  let unanswered = 0;
  for (const { id, kind } of rows) {
    if (kind !== 'messages' && kind !== 'count_tokens') continue;
    const shape = readShape(reader, id, kind, turns);
    if (shape === null) unanswered++;
    else requests.push({ shape, answer: id });
  }
  const others = new Map<string, RecordedId[]>();
  for (const { id, method, url } of otherRequests(reader, rows)) {
    const key = otherKey(method, url);
    const known = others.get(key);
    if (known === undefined) others.set(key, [id]);
    else known.push(id);
  }
  return { sessionId, requests, matcher: createMatcher(requests), others, unanswered };
}

/** @param target URL, or its path and query */
export function otherKey(method: string, target: string): string {
  const path = target.replace(/^\w+:\/\/[^/]*/, '').replace(/[?#].*$/s, '');
  return `${method} ${path}`;
}

/** Null without an answer. */
function readShape(reader: Reader, id: RecordedId, endpoint: Endpoint, turns: KnownTurns): RequestShape | null {
  const exchange = readAnswered(reader, id);
  if (exchange === null) return null;
  const { body } = readJsonBody(exchange.body.bytes, exchange.headers, exchange.body.redacted);
  if (!isRecord(body)) return null;
  const shape = shapeOf(endpoint, body, turns);
  return exchange.origin === 'transcript' && body.tools === undefined ? { ...shape, tools: null } : shape;
}

/** Null if the exchange is gone, damaged, or has no answer. */
export function readAnswered(reader: Reader, id: RecordedId): StoredExchange | null {
  try {
    const exchange = reader.exchange(id);
    if (exchange === null) return null;
    return exchange.response.status === null && exchange.origin === 'wire' ? null : exchange;
  } catch (error) {
    if (error instanceof DamagedContentError) return null;
    throw error;
  }
}

/** The oldest first. */
function* requestsOf(reader: Reader, filter: RequestFilter): Generator<RequestSummary> {
  let last: RequestSummary | undefined;
  do {
    const rows = reader.page(filter, { limit: PAGE, ascending: true, after: last?.id });
    yield* rows;
    last = rows.length < PAGE ? undefined : rows.at(-1);
  } while (last !== undefined);
}

/** Other requests to the API in the runs of a session, the oldest first. */
function* otherRequests(reader: Reader, rows: readonly RequestSummary[]): Generator<RequestSummary> {
  const ends = [rows.at(0), rows.at(-1)].flatMap((row) => (row?.origin === 'wire' ? row : []));
  for (const runId of new Set(ends.map(({ id }) => reader.request(id).runId))) {
    if (!isRunId(runId)) continue;
    for (const kind of ['other', 'telemetry'] as const) {
      yield* requestsOf(reader, { runId, since: runStart(runId), kind });
    }
  }
}
