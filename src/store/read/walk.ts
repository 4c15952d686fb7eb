import type { RequestSummary } from '../../model/request.js';
import { requestRows } from '../rows/requests.js';
import type { Database } from '../sqlite.js';
import { type RequestFilter, TABLES, type Where, whereOf } from './filter.js';

/** Some requests in the order of storing, and the position of the last, from which the walk goes on. */
export interface WalkedRequests {
  rows: RequestSummary[];
  position: number;
}

/**
 * The tables, walked along by row id: with any index SQLite would find and sort all matches on each call. NOT INDEXED leaves only
 * the row id, CROSS JOIN fixes the order of the tables.
 * https://www.sqlite.org/lang_indexedby.html, https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join
 */
const ALONG: Readonly<Record<Where['response'], string>> = {
  unused: 'captured_requests r NOT INDEXED',
  optional: 'captured_requests r NOT INDEXED LEFT JOIN captured_responses p ON p.request = r.n',
  required: 'captured_requests r NOT INDEXED CROSS JOIN captured_responses p ON p.request = r.n',
};

/**
 * The next requests that match after a position. The order is that of storing, so that no request can appear before those that
 * were already read. It is the order of time, except that of two requests that begin together in two processes either may be
 * stored first.
 *
 * @param after a position; 0 for the beginning
 * @throws InvalidFilterError
 */
export function walkRequests(db: Database, filter: RequestFilter, after: number, limit: number): WalkedRequests {
  const where = whereOf(filter);
  const found = db
    .prepare<(string | number)[], { n: number; id: string }>(`
      SELECT r.n, r.id FROM ${ALONG[where.response]} WHERE r.n > ? AND ${where.sql} ORDER BY r.n LIMIT ?`)
    .all(after, ...where.parameters, limit);
  const ids = found.map(({ id }) => id);
  return { rows: requestRows(db, ids), position: found.at(-1)?.n ?? after };
}

/** The number of matches after a position. @throws InvalidFilterError */
export function countRequestsAfter(db: Database, filter: RequestFilter, after: number): number {
  const where = whereOf(filter);
  const count = db
    .prepare<(string | number)[], number>(
      `SELECT count(*) FROM ${TABLES[where.response]} WHERE r.n > ? AND ${where.sql}`,
    )
    .pluck()
    .get(after, ...where.parameters);
  return count ?? 0;
}

/** Bytes of the bodies of these requests and their responses, on the wire. @throws InvalidFilterError */
export function sumBodiesAfter(db: Database, filter: RequestFilter, after: number): number {
  const where = whereOf(filter);
  const sum = db
    .prepare<(string | number)[], number | null>(`
      SELECT sum(b.size) FROM captured_bodies b
      WHERE b.request IN (SELECT r.n FROM ${TABLES[where.response]} WHERE r.n > ? AND ${where.sql})`)
    .pluck()
    .get(after, ...where.parameters);
  return sum ?? 0;
}
