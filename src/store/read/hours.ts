import type { Database } from '../sqlite.js';
import { TABLES as REQUESTS, whereOf } from './filter.js';

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

const TABLES = {
  request: { hours: 'request_hours', contributions: 'request_contributions' },
  source: { hours: 'source_hours', contributions: 'source_contributions' },
  tool: { hours: 'tool_hours', contributions: 'tool_contributions' },
} as const;

export const HOUR_MS = 3_600_000;

/**
 * The rows of an aggregate in a period. Whole hours come from the aggregate, which also counts removed requests; the partial
 * hours at both ends come from the requests themselves. So sums are exact as long as the requests of these two hours are
 * stored.
 *
 * @param columns to select; the table and the view have the same names
 */
export function hoursOf(
  db: Database,
  aggregate: keyof typeof TABLES,
  columns: readonly string[],
  period: Period,
): Rows {
  if (isOfStored(period)) return storedRows(aggregate, columns, period);
  const { hours, contributions } = TABLES[aggregate];
  const session = sessionOf(db, period.sessionId);
  const { from, to, partial } = splitAtHours(period);
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
  for (const [begin, end] of partial) {
    const { first, last } = requestsBetween(db, begin, end);
    if (first === null || last === null) continue;
    add(contributions, [
      // The only column of the view that SQLite can use an index for before grouping.
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

/**
 * The contributions of stored requests. Beside the columns of the aggregate they have `turn`, `run`, `purpose` and `agent`.
 * @param sources of the aggregate by source: ids of those to read; default: all
 */
export function storedRows(
  aggregate: keyof typeof TABLES,
  columns: readonly string[],
  period: Period,
  sources?: readonly number[],
): Rows {
  const where = whereOf(periodOf(period), 'matches');
  const chosen = `SELECT r.n FROM ${REQUESTS[where.response]} WHERE ${where.sql}`;
  const contributions =
    aggregate === 'source'
      ? `(${contributionsOfSources(chosen, sources)})`
      : `(SELECT * FROM ${TABLES[aggregate].contributions} WHERE request IN (${chosen}))`;
  return {
    sql: `(
      SELECT ${columns.join(', ')} FROM (
        SELECT c.*, r.turn, r.run, t.purpose, t.agent
        FROM ${contributions} c JOIN captured_requests r ON r.n = c.request LEFT JOIN thread_places t ON t.request = c.request
      )
    )`,
    parameters: where.parameters,
  };
}

/** As the view `source_contributions`, which SQLite would calculate for all requests before it chooses some. */
function contributionsOfSources(requests: string, sources: readonly number[] | undefined): string {
  const idle = "a.part IN ('definition', 'instructions', 'listing')";
  const isIdle = `${idle} OR m.source_type IN ('memory', 'hook')`;
  return `
    SELECT
      a.*, CAST(r.initiated / ${HOUR_MS} AS INTEGER) AS hour, coalesce(r.session, 0) AS session, p.billed, 1 AS requests,
      f.request IS NOT NULL AS feedback_count, coalesce(f.rating, 0.0) AS rating_sum
    FROM (
      SELECT
        a.request, a.source, sum(a.tokens) AS tokens, coalesce(sum(a.cost_usd), 0.0) AS cost_usd,
        max(a.cost_usd IS NOT NULL) AS priced, coalesce(sum(a.tokens) FILTER (WHERE ${isIdle}), 0) AS idle_tokens,
        coalesce(sum(a.cost_usd) FILTER (WHERE ${isIdle}), 0.0) AS idle_cost_usd, max(${idle}) AS listed,
        max(a.part = 'body' OR (a.part = 'definition' AND a.tokens > 0)) AS loaded
      FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
      WHERE a.request IN (${requests}) ${sources === undefined ? '' : `AND a.source IN (${sources.join(', ')})`}
      GROUP BY a.request, a.source
    ) a
    JOIN captured_requests r ON r.n = a.request
    JOIN captured_responses p ON p.request = a.request
    LEFT JOIN quality_feedback f ON f.request = a.request`;
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

/** Requests are numbered in the order of storing, which is nearly the order of their times. */
function requestsBetween(db: Database, begin: number, end: number): { first: number | null; last: number | null } {
  const found = db
    .prepare<[number, number], { first: number | null; last: number | null }>(
      "SELECT min(n) AS first, max(n) AS last FROM captured_requests WHERE kind = 'messages' AND initiated >= ? AND initiated < ?",
    )
    .get(begin, end);
  return found ?? { first: null, last: null };
}

/** The number of a session; -1, which no row has, for an unknown one. */
function sessionOf(db: Database, id: string | undefined): number | undefined {
  if (id === undefined) return undefined;
  return db.prepare<[string], number>('SELECT n FROM sessions WHERE id = ?').pluck().get(id) ?? -1;
}
