import type { RequestSummary } from '../../model/request.js';
import { InvalidFilterError } from '../errors.js';
import { findRequest } from '../rows/find.js';
import { requestRows } from '../rows/requests.js';
import type { Database } from '../sqlite.js';
import { type Access, type Page, type RequestFilter, TABLES, type Where, whereOf, whereOfAll } from './filter.js';

/** Sort orders of pages. Requests without the figure to sort by are left out. */
export const REQUEST_SORTS = ['time', 'cost', 'input', 'output', 'latency'] as const;
export type RequestSort = (typeof REQUEST_SORTS)[number];

export interface RequestPage extends Page {
  /** Default: `time`. */
  sort?: RequestSort | undefined;
  /** The oldest or the smallest first. */
  ascending?: boolean | undefined;
  /**
   * Only requests after this one in that order: an id or its beginning. Unlike an offset it is stable while requests arrive.
   */
  after?: string | undefined;
}

interface Order {
  /** The tables, by the filter's use of the response. */
  from: Readonly<Record<Where['response'], string>>;
  key: string;
  n: string;
  condition: string;
}

/**
 * Figures are walked along their index, except in a session, whose few requests are found by the session. CROSS JOIN fixes the
 * order of the tables.
 */
function byFigure(column: string, ofSession: boolean): Order {
  const from = ofSession
    ? 'captured_requests r CROSS JOIN captured_responses p ON p.request = r.n'
    : 'captured_responses p CROSS JOIN captured_requests r ON r.n = p.request';
  return {
    from: { unused: from, optional: from, required: from },
    key: `p.${column}`,
    n: 'p.request',
    condition: `p.${column} IS NOT NULL`,
  };
}

const BY_TIME: Order = { from: TABLES, key: 'r.initiated', n: 'r.n', condition: '1' };

const FIGURES = {
  cost: 'cost_usd',
  input: 'input_tokens',
  output: 'output_tokens',
  latency: 'latency_ms',
} as const satisfies Record<Exclude<RequestSort, 'time'>, string>;

function orderOf(sort: RequestSort, { sessionId }: RequestFilter): Order {
  return sort === 'time' ? BY_TIME : byFigure(FIGURES[sort], sessionId !== undefined);
}

/**
 * One page of the requests that match, the newest or the largest first. Its cost depends on the page and hardly on the number
 * of requests.
 *
 * @throws InvalidFilterError; NotFoundError and AmbiguousIdError for `after`
 */
export function queryRequests(db: Database, filter: RequestFilter, page: RequestPage): RequestSummary[] {
  const order = orderOf(page.sort ?? 'time', filter);
  const access = accessOf(db, order, filter, page);
  const where = whereOf(filter, access);
  const [direction, beyond] = page.ascending ? ['ASC', '>'] : ['DESC', '<'];
  const start = page.after === undefined ? null : placeOf(db, order, page.after);
  const { from, key, n, condition } = order;
  const select = db.prepare<(string | number)[], string>(`
    SELECT r.id FROM ${from[where.response]}
    WHERE ${condition} AND ${where.sql} ${start === null ? '' : `AND (${key}, ${n}) ${beyond} (?, ?)`}
    ORDER BY ${access === 'order' ? '' : '+'}${key} ${direction}, ${n} ${direction} LIMIT ? OFFSET ?`);
  return requestRows(db, select.pluck().all(...where.parameters, ...(start ?? []), page.limit, page.offset));
}

/** How many requests match; requests without the figure to sort by are left out. Costs about 1 us for each match. */
export function countRequests(db: Database, filter: RequestFilter, sort: RequestSort = 'time'): number {
  const where = whereOfAll(filter);
  return count(db, orderOf(sort, filter), where, Number.MAX_SAFE_INTEGER);
}

/** Stops at `limit`. */
function count(db: Database, order: Order, where: Where, limit: number): number {
  const select = db.prepare<(string | number)[], number>(
    `SELECT count(*) FROM (SELECT 1 FROM ${order.from[where.response]} WHERE ${order.condition} AND ${where.sql} LIMIT ?)`,
  );
  return select.pluck().get(...where.parameters, limit) ?? 0;
}

/**
 * Walking along the order reads (offset + limit) * all / matches requests until the page is full; collecting reads all matches.
 * Both cost the same at the square root of (offset + limit) * all, so counting matches up to there shows which is cheaper. The
 * requests of a session are few and in the order of time.
 */
function accessOf(db: Database, order: Order, filter: RequestFilter, { limit, offset }: RequestPage): Access {
  if (filter.sessionId !== undefined) return order === BY_TIME ? 'order' : 'matches';
  const where = whereOf(filter, 'matches');
  if (!where.selective) return 'order';
  const all = db.prepare<[], number>('SELECT max(n) FROM captured_requests').pluck().get() ?? 0;
  const even = Math.ceil(Math.sqrt((offset + limit) * all));
  return count(db, order, where, even) < even ? 'matches' : 'order';
}

/** @throws NotFoundError, AmbiguousIdError; InvalidFilterError for a request that is not in the order */
function placeOf(db: Database, { key }: Order, given: string): [key: number, n: number] {
  const { n, id } = findRequest(db, given);
  const place = db
    .prepare<[number], number | null>(
      `SELECT ${key} FROM captured_requests r LEFT JOIN captured_responses p ON p.request = r.n WHERE r.n = ?`,
    )
    .pluck()
    .get(n);
  if (place === null || place === undefined)
    throw new InvalidFilterError('after', `${id} does not have the figure to sort by`);
  return [place, n];
}
