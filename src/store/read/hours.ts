import type { Database } from '../sqlite.js';

/** Requests of kind `messages`. */
export interface Period {
  /** Unix ms: initiated at or after. */
  since?: number | undefined;
  /** Unix ms: initiated before. */
  until?: number | undefined;
  sessionId?: string | undefined;
  /** These two as in RequestFilter. Aggregates do not keep them: with one of them, only stored requests are counted. */
  project?: string | undefined;
  agent?: string | undefined;
}

/** Only the fields of a period. */
export function periodOf({ since, until, sessionId, project, agent }: Period): Period {
  return { since, until, sessionId, project, agent };
}

/** Whether figures of a period can only be sums of requests that are still stored. */
export function isOfStored({ project, agent }: Period): boolean {
  return project !== undefined || agent !== undefined;
}

/** A subquery in parentheses, with the values of its placeholders. */
export interface Rows {
  sql: string;
  parameters: (string | number)[];
}

export const AGGREGATES = {
  request: { hours: 'request_hours', contributions: 'request_contributions' },
  source: { hours: 'source_hours', contributions: 'source_contributions' },
  tool: { hours: 'tool_hours', contributions: 'tool_contributions' },
} as const;

export type Aggregate = keyof typeof AGGREGATES;

export const HOUR_MS = 3_600_000;

/**
 * The rows of an aggregate in a period. Whole hours come from the aggregate, which also counts removed requests; the partial
 * hours at both ends come from the requests themselves. So sums are exact as long as the requests of these two hours are
 * stored; `removed.ts` counts those that are not.
 *
 * @param columns to select; the table and the view have the same names
 * @param sessions their numbers; null for all
 */
export function aggregatedRows(
  db: Database,
  aggregate: Aggregate,
  columns: readonly string[],
  period: Pick<Period, 'since' | 'until'>,
  sessions: readonly number[] | null,
): Rows {
  const { hours, contributions } = AGGREGATES[aggregate];
  const ofSession = sessions?.length === 1 ? 'session = ?' : 'session IN (SELECT value FROM json_each(?))';
  const given = sessions?.length === 1 ? sessions[0] : sessions === null ? undefined : JSON.stringify(sessions);
  const { from, to, partial } = splitAtHours(period);
  const selected: Rows[] = [];
  const add = (table: string, conditions: readonly (readonly [sql: string, value: number | string | undefined])[]) => {
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
    [ofSession, given],
  ]);
  for (const [begin, end] of partial) {
    const { first, last } = requestsBetween(db, begin, end);
    if (first === null || last === null) continue;
    add(contributions, [
      // The only column of the view that SQLite can use an index for before grouping.
      ['request >= ?', first],
      ['request <= ?', last],
      ['at >= ?', begin],
      ['at < ?', end],
      [ofSession, given],
    ]);
  }
  return {
    sql: `(${selected.map(({ sql }) => sql).join(' UNION ALL ')})`,
    parameters: selected.flatMap(({ parameters }) => parameters),
  };
}

/** Whole hours [from, to) since 1970, and the partial hours at both ends, in unix ms. */
function splitAtHours({ since, until }: Period): {
  from: number | undefined;
  to: number | undefined;
  partial: [begin: number, end: number][];
} {
  const from = since === undefined ? undefined : Math.ceil(since / HOUR_MS);
  const to = until === undefined ? undefined : Math.floor(until / HOUR_MS);
  if (since !== undefined && until !== undefined && from !== undefined && to !== undefined && from > to) {
    return { from, to, partial: [[since, until]] };
  }
  const partial: [number, number][] = [];
  if (since !== undefined && from !== undefined && since < from * HOUR_MS) partial.push([since, from * HOUR_MS]);
  if (until !== undefined && to !== undefined && to * HOUR_MS < until) partial.push([to * HOUR_MS, until]);
  return { from, to, partial };
}

/** The whole hours of which only a part is in a period, in unix ms. */
export function cutHours(period: Period): { since: number; until: number }[] {
  return splitAtHours(period).partial.map(([begin]) => {
    const since = Math.floor(begin / HOUR_MS) * HOUR_MS;
    return { since, until: since + HOUR_MS };
  });
}

/** Requests are numbered in the order of storing, which is nearly the order of their times. */
function requestsBetween(db: Database, begin: number, end: number): { first: number | null; last: number | null } {
  const found = db
    .prepare<[number, number], { first: number | null; last: number | null }>(
      "SELECT min(n) AS first, max(n) AS last FROM captured_requests WHERE kind = 'messages' AND initiated >= ? AND initiated < ?",
    )
    .get(begin, end);
  return found ?? { first: null, last: null };
}
