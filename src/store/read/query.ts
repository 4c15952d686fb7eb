import { InvalidFilterError } from '../errors.js';
import { findRequest } from '../rows/find.js';
import { requestRows } from '../rows/requests.js';
import type { RequestRow } from '../rows/rows.js';
import type { Database } from '../sqlite.js';
import { type Access, type Page, type RequestFilter, TABLES, type Where, whereOf } from './filter.js';

/** What pages can be ordered by; a figure leaves out the requests that have none. */
export const REQUEST_SORTS = ['time', 'cost', 'input', 'output', 'latency'] as const;
export type RequestSort = (typeof REQUEST_SORTS)[number];

export interface RequestPage extends Page {
  /** `time` unless given. */
  sort?: RequestSort | undefined;
  /** The oldest, the least first. */
  ascending?: boolean | undefined;
  /**
   * Only what comes after this request in that order: id, or the beginning of one. Unlike an offset it holds still while
   * requests arrive.
   */
  after?: string | undefined;
}

interface Order {
  /** The tables, by what the filter says of responses. */
  from: Readonly<Record<Where['response'], string>>;
  key: string;
  n: string;
  condition: string;
}

/**
 * Figures are walked along their index, but for those of a session: its requests are few, and found by it. CROSS JOIN keeps
 * SQLite from choosing another order of the tables.
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
 * One page of the requests that match, the newest or the most first. What it costs hangs on the page, hardly on how many
 * requests there are.
 *
 * @throws InvalidFilterError; NotFoundError and AmbiguousIdError for `after`
 */
export function queryRequests(db: Database, filter: RequestFilter, page: RequestPage): RequestRow[] {
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

/** How many requests match, a request without the figure to sort by left out. Costs about 1 us a match. */
export function countRequests(db: Database, filter: RequestFilter, sort: RequestSort = 'time'): number {
  const where = whereOf(filter, whereOf(filter).selective ? 'matches' : 'order');
  return count(db, orderOf(sort, filter), where, Number.MAX_SAFE_INTEGER);
}

/** Stops at `most`. */
function count(db: Database, order: Order, where: Where, most: number): number {
  const select = db.prepare<(string | number)[], number>(
    `SELECT count(*) FROM (SELECT 1 FROM ${order.from[where.response]} WHERE ${order.condition} AND ${where.sql} LIMIT ?)`,
  );
  return select.pluck().get(...where.parameters, most) ?? 0;
}

/**
 * Of `matches` among `all` requests, walking along the order passes by (offset + limit) * all / matches until the page is full;
 * collecting looks at all matches. They cost the same at the square root: counting up to there tells which is cheaper. The
 * requests of a session are few, and stand in the order of time.
 */
function accessOf(db: Database, order: Order, filter: RequestFilter, { limit, offset }: RequestPage): Access {
  if (filter.sessionId !== undefined) return order === BY_TIME ? 'order' : 'matches';
  const where = whereOf(filter, 'matches');
  if (!where.selective) return 'order';
  const all = db.prepare<[], number>('SELECT max(n) FROM captured_requests').pluck().get() ?? 0;
  const even = Math.ceil(Math.sqrt((offset + limit) * all));
  return count(db, order, where, even) < even ? 'matches' : 'order';
}

/** @throws NotFoundError, AmbiguousIdError; InvalidFilterError for a request that has no place in the order */
function placeOf(db: Database, { key }: Order, given: string): [key: number, n: number] {
  const { n, id } = findRequest(db, given);
  const place = db
    .prepare<[number], number | null>(
      `SELECT ${key} FROM captured_requests r LEFT JOIN captured_responses p ON p.request = r.n WHERE r.n = ?`,
    )
    .pluck()
    .get(n);
  if (place === null || place === undefined) throw new InvalidFilterError('after', `${id} has nothing to sort by`);
  return [place, n];
}
