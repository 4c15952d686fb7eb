import { roundDollars } from '../../model/dollars.js';
import type { SessionSummary } from '../../model/session.js';
import { NotFoundError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { directoryGlob, type Page, RUNS_IN, whereOf } from './filter.js';
import type { Rows } from './hours.js';

export interface SessionFilter {
  /** Unix ms: last seen at or after. */
  since?: number | undefined;
  /** Working directory of the last run, as in RequestFilter. */
  project?: string | undefined;
  /** Sessions with a stored request of this agent, as in RequestFilter; their figures are of all requests. */
  agent?: string | undefined;
}

interface StoredSession {
  n: number;
  id: string;
  name: string | null;
  runId: string;
  cwd: string;
  firstSeen: number;
  lastSeen: number;
}

const SESSIONS = `
  SELECT s.n, s.id, s.name, run.id AS runId, run.cwd, s.first_seen AS firstSeen, s.last_seen AS lastSeen
  FROM sessions s JOIN runs run ON run.n = s.run`;

/** One page of the sessions of Claude Code, the last seen first. */
export function listSessions(
  db: Database,
  filter: SessionFilter,
  page: Page,
): { rows: SessionSummary[]; total: number } {
  const { sql, parameters } = chosen(filter);
  const total = db.prepare<(string | number)[], number>(`SELECT count(*) FROM sessions s WHERE ${sql}`).pluck();
  const stored = db
    .prepare<(string | number)[], StoredSession>(
      `${SESSIONS} WHERE ${sql} ORDER BY s.last_seen DESC, s.n DESC LIMIT ? OFFSET ?`,
    )
    .all(...parameters, page.limit, page.offset);
  return { rows: withTotals(db, stored), total: total.get(...parameters) ?? 0 };
}

function chosen({ since = 0, project, agent }: SessionFilter): Rows {
  const conditions = ['s.last_seen >= ?'];
  const parameters: (string | number)[] = [since];
  if (project !== undefined) {
    conditions.push(`s.run IN (${RUNS_IN})`);
    parameters.push(directoryGlob(project));
  }
  if (agent !== undefined) {
    const where = whereOf({ agent }, 'matches');
    conditions.push(`s.n IN (SELECT r.session FROM captured_requests r WHERE ${where.sql})`);
    parameters.push(...where.parameters);
  }
  return { sql: conditions.join(' AND '), parameters };
}

/** @throws NotFoundError */
export function readSession(db: Database, id: string): SessionSummary {
  const stored = db.prepare<[string], StoredSession>(`${SESSIONS} WHERE s.id = ?`).all(id);
  const [row] = withTotals(db, stored);
  if (row === undefined) throw new NotFoundError(id, 'session');
  return row;
}

/** By the ids of the sessions; those without a name are left out. */
export function readSessionNames(db: Database): Map<string, string> {
  const named = db.prepare<[], { id: string; name: string }>('SELECT id, name FROM sessions WHERE name IS NOT NULL');
  return new Map(named.all().map(({ id, name }) => [id, name]));
}

/** Sums of a session's requests to one model. */
interface ModelTotals {
  session: number;
  model: string;
  requests: number;
  failed: number;
  aborted: number;
  priced: number;
  estimated: number;
  inputTokens: number;
  cacheRead: number;
  outputTokens: number;
  costUsd: number;
  lostUsd: number;
  feedbackCount: number;
  ratingSum: number;
}

function withTotals(db: Database, sessions: readonly StoredSession[]): SessionSummary[] {
  const numbers = JSON.stringify(sessions.map(({ n }) => n));
  const totals = db
    .prepare<[string], ModelTotals>(`
      SELECT
        session, model, sum(requests) AS requests, sum(failed) AS failed, sum(aborted) AS aborted,
        sum(priced) AS priced, sum(estimated) AS estimated,
        sum(input_tokens) AS inputTokens, sum(cache_read) AS cacheRead, sum(output_tokens) AS outputTokens,
        sum(cost_usd) AS costUsd, sum(lost_usd) AS lostUsd, sum(feedback_count) AS feedbackCount,
        sum(rating_sum) AS ratingSum
      FROM request_hours WHERE session IN (SELECT value FROM json_each(?)) AND requests > 0
      GROUP BY session, model ORDER BY costUsd DESC, requests DESC, model`)
    .all(numbers);
  return sessions.map((each) =>
    toRow(
      each,
      totals.filter(({ session }) => session === each.n),
    ),
  );
}

function toRow({ n: _n, ...session }: StoredSession, models: readonly ModelTotals[]): SessionSummary {
  const sum = (value: (each: ModelTotals) => number) => models.reduce((total, each) => total + value(each), 0);
  const isPriced = sum(({ priced }) => priced) > 0;
  const feedback = sum(({ feedbackCount }) => feedbackCount);
  return {
    ...session,
    firstSeen: new Date(session.firstSeen),
    lastSeen: new Date(session.lastSeen),
    durationMs: session.lastSeen - session.firstSeen,
    requests: sum(({ requests }) => requests),
    failedRequests: sum(({ failed }) => failed),
    abortedRequests: sum(({ aborted }) => aborted),
    estimatedRequests: sum(({ estimated }) => estimated),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    cacheReadTokens: sum(({ cacheRead }) => cacheRead),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    costUsd: isPriced ? roundDollars(sum(({ costUsd }) => costUsd)) : null,
    lostUsd: isPriced ? roundDollars(sum(({ lostUsd }) => lostUsd)) : null,
    models: models.flatMap(({ model }) => (model === '' ? [] : [model])),
    feedbackCount: feedback,
    averageRating: feedback > 0 ? sum(({ ratingSum }) => ratingSum) / feedback : null,
  };
}
