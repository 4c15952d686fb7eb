import type { Database } from '../sqlite.js';

/** Requests of kind `messages`. */
export interface Period {
  /** Unix ms: initiated at or after. */
  since?: number | undefined;
  /** Unix ms: initiated before. */
  until?: number | undefined;
  sessionId?: string | undefined;
}

/** Something to select from, in brackets, with the values of its question marks. */
export interface Rows {
  sql: string;
  parameters: (string | number)[];
}

const TABLES = {
  request: { hours: 'request_hours', contributions: 'request_contributions' },
  source: { hours: 'source_hours', contributions: 'source_contributions' },
  tool: { hours: 'tool_hours', contributions: 'tool_contributions' },
} as const;

export const HOUR_MS = 3_600_000;

/**
 * The rows of an aggregate in a period: whole hours from the aggregate, which also knows what retention has freed, and the
 * hours that the period cuts from the requests themselves. So sums are exact as long as the requests of these two hours are
 * stored.
 *
 * @param columns those that are wanted; the table and the view have them under the same names
 */
export function hoursOf(
  db: Database,
  aggregate: keyof typeof TABLES,
  columns: readonly string[],
  period: Period,
): Rows {
  const { hours, contributions } = TABLES[aggregate];
  const session = sessionOf(db, period.sessionId);
  const { from, to, cuts } = cutAtHours(period);
  const selected: Rows[] = [];
  const add = (table: string, conditions: readonly (readonly [sql: string, value: number | undefined])[]) => {
    const given = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
    const where = given.map(({ sql }) => sql).join(' AND ') || '1';
    selected.push({
      sql: `SELECT ${columns.join(', ')} FROM ${table} WHERE ${where}`,
      parameters: given.map(({ value }) => value),
    });
  };
  add(hours, [
    ['hour >= ?', from],
    ['hour < ?', to],
    ['session = ?', session],
  ]);
  for (const [begin, end] of cuts) {
    const { first, last } = requestsBetween(db, begin, end);
    if (first === null || last === null) continue;
    add(contributions, [
      // Of the view's columns SQLite can only look for this one before it groups.
      ['request >= ?', first],
      ['request <= ?', last],
      ['at >= ?', begin],
      ['at < ?', end],
      ['session = ?', session],
    ]);
  }
  return {
    sql: `(${selected.map(({ sql }) => sql).join(' UNION ALL ')})`,
    parameters: selected.flatMap(({ parameters }) => parameters),
  };
}

/** Whole hours [from, to) since 1970, and what remains at both ends, in unix ms. */
function cutAtHours({ since, until }: Period): { from?: number; to?: number; cuts: [begin: number, end: number][] } {
  const from = since === undefined ? undefined : Math.ceil(since / HOUR_MS);
  const to = until === undefined ? undefined : Math.floor(until / HOUR_MS);
  if (since !== undefined && until !== undefined && from !== undefined && to !== undefined && from > to) {
    return { from, to, cuts: [[since, until]] };
  }
  const cuts: [number, number][] = [];
  if (since !== undefined && from !== undefined && since < from * HOUR_MS) cuts.push([since, from * HOUR_MS]);
  if (until !== undefined && to !== undefined && to * HOUR_MS < until) cuts.push([to * HOUR_MS, until]);
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), cuts };
}

/** Requests are numbered as they are stored, which is nearly the order of their times. */
function requestsBetween(db: Database, begin: number, end: number): { first: number | null; last: number | null } {
  const found = db
    .prepare<[number, number], { first: number | null; last: number | null }>(
      "SELECT min(n) AS first, max(n) AS last FROM captured_requests WHERE kind = 'messages' AND initiated >= ? AND initiated < ?",
    )
    .get(begin, end);
  return found ?? { first: null, last: null };
}

/** The number of a session; one that no row has when it is unknown. */
function sessionOf(db: Database, id: string | undefined): number | undefined {
  if (id === undefined) return undefined;
  return db.prepare<[string], number>('SELECT n FROM sessions WHERE id = ?').pluck().get(id) ?? -1;
}
