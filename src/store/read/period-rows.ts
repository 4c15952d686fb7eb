import type { Database } from '../sqlite.js';
import { directoryGlob, TABLES as REQUESTS, whereOf } from './filter.js';
import {
  AGGREGATES,
  type Aggregate,
  aggregatedRows,
  HOUR_MS,
  isOfStored,
  type Period,
  periodOf,
  type Rows,
} from './hours.js';

/**
 * The rows of an aggregate in a period; see `aggregatedRows`. Of a project or an agent, only those of stored requests.
 *
 * @param columns to select; the table and the view have the same names
 */
export function hoursOf(db: Database, aggregate: Aggregate, columns: readonly string[], period: Period): Rows {
  if (isOfStored(period)) return storedRows(db, aggregate, columns, period);
  const { sessionId } = period;
  return aggregatedRows(db, aggregate, columns, period, sessionId === undefined ? null : [numberOf(db, sessionId)]);
}

/** Keys of stored requests that aggregates do not have. project: the number of a run in its folder. */
export type StoredKey = 'turn' | 'run' | 'project' | 'purpose' | 'agent';

interface Choice {
  /** Selected beside the columns. */
  key?: StoredKey | undefined;
  /** Ids of sources to read from the aggregate by source; default: all. */
  sources?: readonly number[] | undefined;
}

/**
 * What stored requests contribute. For whole sessions that is what the aggregate has, in far fewer rows: adding up all shares of
 * 10,000 requests takes more than half a second.
 */
export function storedRows(
  db: Database,
  aggregate: Aggregate,
  columns: readonly string[],
  period: Period,
  { key, sources }: Choice = {},
): Rows {
  const isKept = period.agent === undefined && (key === undefined || key === 'project');
  const whole = isKept ? wholeSessions(db, period) : [];
  const names = key === undefined ? columns : [...columns, key];
  const others = contributedRows(aggregate, names, period, whole, sources);
  if (whole.length === 0) return others;
  const kept =
    key === undefined ? columns : [...columns, '(SELECT s.run FROM sessions s WHERE s.n = session) AS project'];
  const hours = aggregatedRows(db, aggregate, kept, period, whole);
  return {
    sql: `(SELECT * FROM ${hours.sql} UNION ALL SELECT * FROM ${others.sql})`,
    parameters: [...hours.parameters, ...others.parameters],
  };
}

/** Sessions in one folder, which is of the project, with all requests that the aggregates count. */
function wholeSessions(db: Database, { project, sessionId }: Period): number[] {
  const conditions = ["r.kind = 'messages'", 'r.session IS NOT NULL'];
  if (sessionId !== undefined) conditions.push('r.session = (SELECT n FROM sessions WHERE id = ?)');
  const isOfProject = project === undefined ? '' : 'AND min(u.cwd) GLOB ?';
  return db
    .prepare<string[], number>(`
      SELECT r.session FROM captured_requests r INDEXED BY requests_by_session JOIN runs u ON u.n = r.run
      WHERE ${conditions.join(' AND ')} GROUP BY r.session
      HAVING min(u.cwd) = max(u.cwd) ${isOfProject}
        AND count(*) = (SELECT sum(requests) FROM request_hours h WHERE h.session = r.session)`)
    .pluck()
    .all(...(sessionId === undefined ? [] : [sessionId]), ...(project === undefined ? [] : [directoryGlob(project)]));
}

/** @param whole numbers of sessions whose requests are left out */
function contributedRows(
  aggregate: Aggregate,
  columns: readonly string[],
  period: Period,
  whole: readonly number[],
  sources: readonly number[] | undefined,
): Rows {
  const where = whereOf(periodOf(period), 'matches');
  const rest = 'AND (r.session IS NULL OR r.session NOT IN (SELECT value FROM json_each(?)))';
  const chosen = `
    SELECT r.n FROM ${REQUESTS[where.response]} WHERE ${where.sql} ${whole.length === 0 ? '' : rest}`;
  const contributions =
    aggregate === 'source'
      ? `(${contributionsOfSources(chosen, sources)})`
      : `(SELECT * FROM ${AGGREGATES[aggregate].contributions} WHERE request IN (${chosen}))`;
  return {
    sql: `(
      SELECT ${columns.join(', ')} FROM (
        SELECT c.*, r.turn, r.run, r.run AS project, t.purpose, t.agent
        FROM ${contributions} c JOIN captured_requests r ON r.n = c.request LEFT JOIN thread_places t ON t.request = c.request
      )
    )`,
    parameters: [...where.parameters, ...(whole.length === 0 ? [] : [JSON.stringify(whole)])],
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

/** The number of a session; -1, which no row has, for an unknown one. */
function numberOf(db: Database, id: string): number {
  return db.prepare<[string], number>('SELECT n FROM sessions WHERE id = ?').pluck().get(id) ?? -1;
}
