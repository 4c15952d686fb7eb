import { roundDollars } from '../../model/dollars.js';
import type { SessionSummary } from '../../model/session.js';
import { NotFoundError } from '../errors.js';
import type { Database } from '../sqlite.js';
import type { Page } from './filter.js';

export interface SessionFilter {
  /** Unix ms: last seen at or after. */
  since?: number | undefined;
}

interface StoredSession {
  n: number;
  id: string;
  runId: string;
  cwd: string;
  firstSeen: number;
  lastSeen: number;
}

const SESSIONS = `
  SELECT s.n, s.id, run.id AS runId, run.cwd, s.first_seen AS firstSeen, s.last_seen AS lastSeen
  FROM sessions s JOIN runs run ON run.n = s.run`;

/** One page of the sessions of Claude Code, the last seen first. */
export function listSessions(
  db: Database,
  { since = 0 }: SessionFilter,
  page: Page,
): { rows: SessionSummary[]; total: number } {
  const total = db.prepare<[number], number>('SELECT count(*) FROM sessions WHERE last_seen >= ?').pluck().get(since);
  const stored = db
    .prepare<[number, number, number], StoredSession>(
      `${SESSIONS} WHERE s.last_seen >= ? ORDER BY s.last_seen DESC, s.n DESC LIMIT ? OFFSET ?`,
    )
    .all(since, page.limit, page.offset);
  return { rows: withTotals(db, stored), total: total ?? 0 };
}

/** @throws NotFoundError */
export function readSession(db: Database, id: string): SessionSummary {
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
