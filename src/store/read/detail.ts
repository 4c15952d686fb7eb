import { roundDollars } from '../../model/dollars.js';
import type { HeaderList, Timestamps } from '../../model/exchange.js';
import type {
  BodyInfo,
  DamagedPart,
  RequestDetail,
  RequestShare,
  RequestTimes,
  ResponseDetail,
} from '../../model/request.js';
import type { Solution, ThreadContext } from '../../model/segment.js';
import { bodyInfo } from '../bodies.js';
import type { ContentReader } from '../content/content-reader.js';
import { DamagedContentError } from '../errors.js';
import type { FoundRequest } from '../rows/find.js';
import { ratingOf } from '../rows/ratings.js';
import { requestRows } from '../rows/requests.js';
import { decodeSolution } from '../solution.js';
import type { Database } from '../sqlite.js';
import { readHeaders, readJson } from '../stored-json.js';
import { decodeTerms } from '../terms.js';

/** What the tables hold of one request beyond its row; headers, thread and solution are slices. */
interface StoredDetail
  extends Pick<RequestDetail, 'runId' | 'parentAgentId' | 'httpVersion' | 'degraded' | 'attributionVersion'>,
    Timestamps,
    Pick<
      ResponseDetail,
      'status' | 'reason' | 'error' | 'webSearches' | 'inputCostUsd' | 'outputCostUsd' | 'pricedAs'
    > {
  headers: number;
  thread: number | null;
  solution: number | null;
  responseId: string | null;
  responseDegraded: string | null;
  responseHeaders: number | null;
  terms: string | null;
}

/** Damaged headers and attribution are listed in `damaged` and hide no request. @throws DamagedContentError without a body */
export function requestDetail(db: Database, content: ContentReader, request: FoundRequest): RequestDetail {
  const stored = db
    .prepare<[number], StoredDetail>(`
      SELECT
        run.id AS runId, r.parent_agent_id AS parentAgentId, r.http_version AS httpVersion, r.degraded, r.headers,
        r.initiated, r.received, r.forwarded,
        p.attribution_version AS attributionVersion, p.thread, p.solution, p.id AS responseId, p.status, p.reason, p.error,
        p.degraded AS responseDegraded, p.headers AS responseHeaders, p.first_byte AS firstByte,
        p.response_end AS responseEnd, p.delivered, p.web_searches AS webSearches, p.input_cost_usd AS inputCostUsd,
        p.output_cost_usd AS outputCostUsd, p.priced_as AS pricedAs, p.terms
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
  const { responseHeaders } = stored;
  const headersOf = (part: DamagedPart, slice: number) => unlessDamaged(part, () => readHeaders(content, slice)) ?? [];
  return {
    ...row,
    runId: stored.runId,
    parentAgentId: stored.parentAgentId,
    httpVersion: stored.httpVersion,
    degraded: stored.degraded,
    timestamps: timesOf(stored),
    requestHeaders: headersOf('request headers', stored.headers),
    requestBody: bodyOf(db, request.n, 'request'),
    attributionVersion: stored.attributionVersion,
    damaged,
    thread: unlessDamaged('thread', () => readThread(content, stored.thread)),
    solution: unlessDamaged('solution', () => readSolution(content, stored.solution)),
    feedback: ratingOf(db, request),
    response:
      responseHeaders === null
        ? null
        : responseDetail(db, request.n, stored, {
            headers: headersOf('response headers', responseHeaders),
            terms: unlessDamaged('bill', () => billingTerms(stored.terms)),
          }),
  };
}

function timesOf({ initiated, received, forwarded, firstByte, responseEnd, delivered }: Timestamps): RequestTimes {
  const dateOf = (unixMs: number | null) => (unixMs === null ? null : new Date(unixMs));
  return {
    initiated: new Date(initiated),
    received: dateOf(received),
    forwarded: dateOf(forwarded),
    firstByte: dateOf(firstByte),
    responseEnd: dateOf(responseEnd),
    delivered: dateOf(delivered),
  };
}

/** What is billed and not priced is in the request itself. */
function billingTerms(stored: string | null): ResponseDetail['billingTerms'] {
  const terms = decodeTerms(stored);
  if (terms === undefined) return null;
  const { unpriced: _, ...billing } = terms;
  return billing;
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
  { headers, terms }: { headers: HeaderList; terms: ResponseDetail['billingTerms'] },
): ResponseDetail | null {
  if (stored.responseId === null) return null;
  return {
    id: stored.responseId,
    status: stored.status,
    reason: stored.reason,
    error: stored.error,
    headers,
    body: bodyOf(db, n, 'response'),
    webSearches: stored.webSearches,
    inputCostUsd: roundDollars(stored.inputCostUsd),
    outputCostUsd: roundDollars(stored.outputCostUsd),
    pricedAs: stored.pricedAs,
    billingTerms: terms,
    degraded: stored.responseDegraded,
  };
}

function bodyOf(db: Database, n: number, side: 'request' | 'response'): BodyInfo {
  const info = bodyInfo(db, n, side);
  if (info === null) throw new DamagedContentError(`${side} body`);
  return info;
}

/** Columns of a share, from `context_attributions a` and `context_source_metrics m`. */
export const SHARE_COLUMNS = `
  m.source, a.part, a.tokens, a.new_tokens AS newTokens, a.cost_usd AS costUsd, a.segments, a.message_index AS messageIndex,
  a.message_role AS messageRole`;

/** The shares of a request, largest first. */
export function requestShares(db: Database, request: FoundRequest): RequestShare[] {
  return db
    .prepare<[string, number], RequestShare>(`
      SELECT ? AS requestId, ${SHARE_COLUMNS}
      FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
      WHERE a.request = ? ORDER BY a.tokens DESC, m.source, a.part`)
    .all(request.id, request.n)
    .map((share) => ({ ...share, costUsd: roundDollars(share.costUsd) }));
}
