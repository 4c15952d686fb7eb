import { roundDollars } from '../../model/dollars.js';
import { NotFoundError } from '../errors.js';
import { iso, type SessionRow } from '../rows/rows.js';
import type { Database } from '../sqlite.js';
import type { Page } from './filter.js';

export interface SessionFilter {
  /** Unix ms: last seen at or after. */
  since?: number | undefined;
}

interface StoredSession {
  n: number;
  id: string;
  run_id: string;
  cwd: string;
  first_seen: number;
  last_seen: number;
}

const SESSIONS = `
  SELECT s.n, s.id, run.id AS run_id, run.cwd, s.first_seen, s.last_seen FROM sessions s JOIN runs run ON run.n = s.run`;

/** One page of the sessions of Claude Code, the last seen first. */
export function listSessions(
  db: Database,
  { since = 0 }: SessionFilter,
  page: Page,
): { rows: SessionRow[]; total: number } {
  const total = db.prepare<[number], number>('SELECT count(*) FROM sessions WHERE last_seen >= ?').pluck().get(since);
  const stored = db
    .prepare<[number, number, number], StoredSession>(
      `${SESSIONS} WHERE s.last_seen >= ? ORDER BY s.last_seen DESC, s.n DESC LIMIT ? OFFSET ?`,
    )
    .all(since, page.limit, page.offset);
  return { rows: withTotals(db, stored), total: total ?? 0 };
}

/** @throws NotFoundError */
export function readSession(db: Database, id: string): SessionRow {
  const stored = db.prepare<[string], StoredSession>(`${SESSIONS} WHERE s.id = ?`).all(id);
  const [row] = withTotals(db, stored);
  if (row === undefined) throw new NotFoundError(id, 'session');
  return row;
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
  input_tokens: number;
  cache_read: number;
  output_tokens: number;
  cost_usd: number;
  lost_usd: number;
  feedback_count: number;
  rating_sum: number;
}

function withTotals(db: Database, sessions: readonly StoredSession[]): SessionRow[] {
  const numbers = JSON.stringify(sessions.map(({ n }) => n));
  const totals = db
    .prepare<[string], ModelTotals>(`
      SELECT
        session, model, sum(requests) AS requests, sum(failed) AS failed, sum(aborted) AS aborted,
        sum(priced) AS priced, sum(estimated) AS estimated,
        sum(input_tokens) AS input_tokens, sum(cache_read) AS cache_read, sum(output_tokens) AS output_tokens,
        sum(cost_usd) AS cost_usd, sum(lost_usd) AS lost_usd, sum(feedback_count) AS feedback_count,
        sum(rating_sum) AS rating_sum
      FROM request_hours WHERE session IN (SELECT value FROM json_each(?)) AND requests > 0
      GROUP BY session, model ORDER BY cost_usd DESC, requests DESC, model`)
    .all(numbers);
  return sessions.map((each) =>
    toRow(
      each,
      totals.filter(({ session }) => session === each.n),
    ),
  );
}

function toRow({ n: _n, ...session }: StoredSession, models: readonly ModelTotals[]): SessionRow {
  const sum = (value: (each: ModelTotals) => number) => models.reduce((total, each) => total + value(each), 0);
  const isPriced = sum(({ priced }) => priced) > 0;
  const feedback = sum(({ feedback_count }) => feedback_count);
  return {
    ...session,
    first_seen: iso(session.first_seen),
    last_seen: iso(session.last_seen),
    duration_ms: session.last_seen - session.first_seen,
    requests: sum(({ requests }) => requests),
    failed_requests: sum(({ failed }) => failed),
    aborted_requests: sum(({ aborted }) => aborted),
    estimated_requests: sum(({ estimated }) => estimated),
    input_tokens: sum(({ input_tokens }) => input_tokens),
    cache_read_tokens: sum(({ cache_read }) => cache_read),
    output_tokens: sum(({ output_tokens }) => output_tokens),
    cost_usd: isPriced ? roundDollars(sum(({ cost_usd }) => cost_usd)) : null,
    lost_usd: isPriced ? roundDollars(sum(({ lost_usd }) => lost_usd)) : null,
    models: models.flatMap(({ model }) => (model === '' ? [] : [model])),
    feedback_count: feedback,
    average_rating: feedback > 0 ? sum(({ rating_sum }) => rating_sum) / feedback : null,
  };
}
