import { requestRows } from '../rows/requests.js';
import type { RequestRow } from '../rows/rows.js';
import type { Database } from '../sqlite.js';
import { type RequestFilter, TABLES, type Where, whereOf } from './filter.js';

/** Some requests in the order in which they were stored, and the position of the last: where to go on. */
export interface Stretch {
  rows: RequestRow[];
  position: number;
}

/**
 * The tables, to be walked along from the position on: any index would find all matches, and sort them, for each stretch
 * anew. NOT INDEXED leaves the row id, CROSS JOIN keeps the order of the tables.
 * https://www.sqlite.org/lang_indexedby.html, https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join
 */
const ALONG: Readonly<Record<Where['response'], string>> = {
  unused: 'captured_requests r NOT INDEXED',
  optional: 'captured_requests r NOT INDEXED LEFT JOIN captured_responses p ON p.request = r.n',
  required: 'captured_requests r NOT INDEXED CROSS JOIN captured_responses p ON p.request = r.n',
};

/**
 * The next requests that match behind a position. The order is that of storing, not of time: nothing can come to stand
 * before what was read already, while of two requests that begin together, in two processes, either may be stored first.
 * But for such neighbours it is the order of time.
 *
 * @param after a position; 0 for the beginning
 * @throws InvalidFilterError
 */
export function walkRequests(db: Database, filter: RequestFilter, after: number, limit: number): Stretch {
  const where = whereOf(filter);
  const found = db
    .prepare<(string | number)[], { n: number; id: string }>(`
      SELECT r.n, r.id FROM ${ALONG[where.response]} WHERE r.n > ? AND ${where.sql} ORDER BY r.n LIMIT ?`)
    .all(after, ...where.parameters, limit);
  const ids = found.map(({ id }) => id);
  return { rows: requestRows(db, ids), position: found.at(-1)?.n ?? after };
}

/** How many there are to walk over. @throws InvalidFilterError */
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

/** What the bodies of these requests and of their answers weigh on the wire, in bytes. @throws InvalidFilterError */
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
