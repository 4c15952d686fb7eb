import { roundDollars } from '../../model/dollars.js';
import { NotFoundError } from '../errors.js';
import { findTurn } from '../rows/find.js';
import type { Database } from '../sqlite.js';
import { IS_FOLDED, type Page, type RequestFilter, TABLES, type Where, whereOf } from './filter.js';

/** What a person asked, and the requests that answered it. The figures are of its requests that match the filter. */
export interface Turn {
  id: string;
  /** Session of Claude Code; null where the version does not send it. */
  sessionId: string | null;
  /** The first words of the prompt; null where they are not known, as before the first answer. */
  prompt: string | null;
  startedAt: Date;
  /** From the beginning of the first request to the end of the last one that has ended, ms. */
  durationMs: number;
  requests: number;
  /** How many of these the filter `sideCalls: false` leaves out: compactions are not counted. */
  sideCalls: number;
  openRequests: number;
  failedRequests: number;
  /** Billed, but with estimated or unknown output: output and cost are not exact. */
  estimatedRequests: number;
  /** Tokens and dollars of requests with a bill. */
  inputTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  /** US dollars of the requests with a known price; null without any. */
  costUsd: number | null;
}

export interface TurnPage extends Page {
  /** Only turns after this one in the list: unlike an offset it is stable while turns begin. */
  after?: string | undefined;
}

/** The turns with requests that match, the newest first. @throws InvalidFilterError; NotFoundError and AmbiguousIdError for `after` */
export function listTurns(db: Database, filter: RequestFilter, { limit, offset, after }: TurnPage): Turn[] {
  const where = whereOf(filter);
  const start = after === undefined ? null : findTurn(db, after);
  const found = db
    .prepare<(string | number)[], number>(`
      SELECT t.n FROM turns t
      WHERE ${hasMatch(where, filter)} ${start === null ? '' : 'AND (t.started_at, t.n) < (?, ?)'}
      ORDER BY t.started_at DESC, t.n DESC LIMIT ? OFFSET ?`)
    .pluck()
    .all(
      ...sessionOf(filter),
      ...where.parameters,
      ...(start === null ? [] : [start.startedAt, start.n]),
      limit,
      offset,
    );
  return withFigures(db, found, where);
}

/** Stops at `limit`. @throws InvalidFilterError */
export function countTurns(db: Database, filter: RequestFilter, limit = Number.MAX_SAFE_INTEGER): number {
  const where = whereOf(filter);
  const count = db.prepare<(string | number)[], number>(
    `SELECT count(*) FROM (SELECT 1 FROM turns t WHERE ${hasMatch(where, filter)} LIMIT ?)`,
  );
  return count.pluck().get(...sessionOf(filter), ...where.parameters, limit) ?? 0;
}

/** A turn with all its requests, by its id, the beginning of it, or `last`. @throws NotFoundError, AmbiguousIdError */
export function readTurn(db: Database, id: string): Turn {
  const [turn] = withFigures(db, [findTurn(db, id).n], whereOf({}));
  if (turn === undefined) throw new NotFoundError(id, 'turn');
  return turn;
}

/** The turns with these ids that are stored, with all their requests. */
export function readTurns(db: Database, ids: readonly string[]): Turn[] {
  const found = db.prepare<string, number>('SELECT n FROM turns WHERE id IN (SELECT value FROM json_each(?))').pluck();
  return withFigures(db, found.all(JSON.stringify(ids)), whereOf({}));
}

/** Turns are walked in the order of the list, and of each only its own requests are tested. */
function hasMatch(where: Where, { sessionId }: RequestFilter): string {
  const ofSession = sessionId === undefined ? '' : 't.session = (SELECT n FROM sessions WHERE id = ?) AND ';
  return `${ofSession}EXISTS (SELECT 1 FROM ${ofTurn(where)} WHERE r.turn = t.n AND ${where.sql})`;
}

function sessionOf({ sessionId }: RequestFilter): string[] {
  return sessionId === undefined ? [] : [sessionId];
}

function ofTurn({ response }: Where): string {
  return TABLES[response].replace('captured_requests r', 'captured_requests r INDEXED BY requests_by_turn');
}

/** What is stored of a turn, and sums over its requests. */
interface StoredTurn
  extends Pick<Turn, 'id' | 'sessionId' | 'prompt' | 'requests' | 'inputTokens' | 'cacheReadTokens' | 'outputTokens'> {
  startedAt: number;
  first: number;
  last: number;
  sideCalls: number | null;
  open: number;
  failed: number;
  estimated: number;
  priced: number;
  costUsd: number;
}

function withFigures(db: Database, turns: readonly number[], where: Where): Turn[] {
  const select = db.prepare<(string | number)[], StoredTurn>(`
    SELECT
      u.id, s.id AS sessionId, u.prompt, u.started_at AS startedAt, min(r.initiated) AS first,
      max(r.initiated + iif(c.latency_known, c.latency_ms, 0)) AS last, count(*) AS requests,
      sum(${IS_FOLDED}) AS sideCalls, sum(r.state = 'open') AS open, sum(c.failed) AS failed,
      sum(c.estimated) AS estimated, sum(c.priced) AS priced, sum(c.input_tokens) AS inputTokens,
      sum(c.cache_read) AS cacheReadTokens, sum(c.output_tokens) AS outputTokens, sum(c.cost_usd) AS costUsd
    FROM json_each(?) given
    CROSS JOIN turns u ON u.n = given.value
    CROSS JOIN captured_requests r INDEXED BY requests_by_turn ON r.turn = u.n
    JOIN request_contributions c ON c.request = r.n
    LEFT JOIN captured_responses p ON p.request = r.n
    LEFT JOIN thread_places t ON t.request = r.n
    LEFT JOIN sessions s ON s.n = u.session
    WHERE ${where.sql}
    GROUP BY u.n ORDER BY given.key`);
  return select.all(JSON.stringify(turns), ...where.parameters).map(toTurn);
}

function toTurn({ startedAt, first, last, open, failed, estimated, priced, ...stored }: StoredTurn): Turn {
  return {
    ...stored,
    startedAt: new Date(startedAt),
    durationMs: last - first,
    sideCalls: stored.sideCalls ?? 0,
    openRequests: open,
    failedRequests: failed,
    estimatedRequests: estimated,
    costUsd: priced > 0 ? roundDollars(stored.costUsd) : null,
  };
}
