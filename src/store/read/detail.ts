import { roundDollars } from '../../model/dollars.js';
import type { HeaderList, Timestamps } from '../../model/exchange.js';
import type { Solution, ThreadContext } from '../../model/segment.js';
import type { BillingTerms } from '../../model/usage.js';
import { bodyInfo } from '../bodies.js';
import type { ContentReader } from '../content/content-reader.js';
import { DamagedContentError } from '../errors.js';
import type { FoundRequest } from '../rows/find.js';
import { ratingOf } from '../rows/ratings.js';
import { requestRows } from '../rows/requests.js';
import {
  type BodyInfo,
  type DamagedPart,
  printedTimes,
  type RequestDetail,
  type ResponseDetail,
  type ShareRow,
} from '../rows/rows.js';
import { decodeSolution } from '../solution.js';
import type { Database } from '../sqlite.js';
import { readHeaders, readJson } from '../stored-json.js';
import { decodeTerms, printedTerms } from '../terms.js';

/** What the tables hold of one request beyond its row; headers, thread and solution are slices. */
interface StoredDetail
  extends Pick<RequestDetail, 'run_id' | 'parent_agent_id' | 'http_version' | 'degraded' | 'attribution_version'>,
    Omit<Timestamps, 'firstByte' | 'responseEnd'>,
    Pick<
      ResponseDetail,
      'status' | 'reason' | 'error' | 'web_searches' | 'input_cost_usd' | 'output_cost_usd' | 'priced_as'
    > {
  headers: number;
  thread: number | null;
  solution: number | null;
  response_id: string | null;
  response_degraded: string | null;
  response_headers: number | null;
  first_byte: number | null;
  response_end: number | null;
  terms: string | null;
}

/** Damaged headers and attribution are listed in `damaged` and hide no request. @throws DamagedContentError without a body */
export function requestDetail(db: Database, content: ContentReader, request: FoundRequest): RequestDetail {
  const stored = db
    .prepare<[number], StoredDetail>(`
      SELECT
        run.id AS run_id, r.parent_agent_id, r.http_version, r.degraded, r.headers, r.initiated, r.received,
        r.forwarded, p.attribution_version, p.thread, p.solution, p.id AS response_id, p.status,
        p.reason, p.error, p.degraded AS response_degraded, p.headers AS response_headers, p.first_byte, p.response_end, p.delivered,
        p.web_searches, p.input_cost_usd, p.output_cost_usd, p.priced_as, p.terms
      FROM captured_requests r
      JOIN runs run ON run.n = r.run
      LEFT JOIN captured_responses p ON p.request = r.n
      WHERE r.n = ?`)
    .get(request.n);
  const [row] = requestRows(db, [request.id]);
  if (stored === undefined || row === undefined) throw new DamagedContentError('request');
  const damaged: DamagedPart[] = [];
  const unlessDamaged = <Stored>(part: DamagedPart, read: () => Stored): Stored | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DamagedContentError)) throw error;
      damaged.push(part);
      return null;
    }
  };
  const { response_headers: responseHeaders } = stored;
  const headersOf = (part: DamagedPart, slice: number) => unlessDamaged(part, () => readHeaders(content, slice)) ?? [];
  return {
    ...row,
    run_id: stored.run_id,
    parent_agent_id: stored.parent_agent_id,
    http_version: stored.http_version,
    degraded: stored.degraded,
    timestamps: printedTimes({ ...stored, firstByte: stored.first_byte, responseEnd: stored.response_end }),
    request_headers: headersOf('request headers', stored.headers),
    request_body: bodyOf(db, request.n, 'request'),
    attribution_version: stored.attribution_version,
    damaged,
    thread: unlessDamaged('thread', () => readThread(content, stored.thread)),
    solution: unlessDamaged('solution', () => readSolution(content, stored.solution)),
    feedback: ratingOf(db, request),
    response:
      responseHeaders === null
        ? null
        : responseDetail(db, request.n, stored, {
            headers: headersOf('response headers', responseHeaders),
            terms: unlessDamaged('bill', () => decodeTerms(stored.terms)) ?? null,
          }),
  };
}

function readThread(content: ContentReader, slice: number | null): ThreadContext | null {
  if (slice === null) return null;
  const thread = readJson(content, slice, 'thread');
  if (!isThreadContext(thread)) throw new DamagedContentError('thread');
  return thread;
}

function readSolution(content: ContentReader, slice: number | null): Solution | null {
  return slice === null ? null : decodeSolution(readJson(content, slice, 'solution'));
}

/** By hand: a schema library would cost every reader start-up time. */
function isThreadContext(value: unknown): value is ThreadContext {
  if (typeof value !== 'object' || value === null || !('knownServers' in value) || !('agent' in value)) return false;
  return Array.isArray(value.knownServers) && typeof value.agent === 'object';
}

function responseDetail(
  db: Database,
  n: number,
  stored: StoredDetail,
  { headers, terms }: { headers: HeaderList; terms: BillingTerms | null },
): ResponseDetail | null {
  if (stored.response_id === null) return null;
  return {
    id: stored.response_id,
    status: stored.status,
    reason: stored.reason,
    error: stored.error,
    headers,
    body: bodyOf(db, n, 'response'),
    web_searches: stored.web_searches,
    input_cost_usd: roundDollars(stored.input_cost_usd),
    output_cost_usd: roundDollars(stored.output_cost_usd),
    priced_as: stored.priced_as,
    billing_terms: terms && printedTerms(terms),
    degraded: stored.response_degraded,
  };
}

function bodyOf(db: Database, n: number, side: 'request' | 'response'): BodyInfo {
  const info = bodyInfo(db, n, side);
  if (info === null) throw new DamagedContentError(`${side} body`);
  return info;
}

/** The shares of a request, largest first. */
export function requestShares(db: Database, request: FoundRequest): ShareRow[] {
  return db
    .prepare<[string, number], ShareRow>(`
      SELECT ? AS request_id, m.source, a.part, a.tokens, a.new_tokens, a.cost_usd, a.segments, a.message_index, a.message_role
      FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
      WHERE a.request = ? ORDER BY a.tokens DESC, m.source, a.part`)
    .all(request.id, request.n)
    .map((share) => ({ ...share, cost_usd: roundDollars(share.cost_usd) }));
}
