import type { BudgetPeriod, Spending } from '../../model/budget.js';
import { type GroupTotal, groupTotals } from '../../model/source-group.js';
import { openAsItIs } from '../database.js';
import { storeError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { readSpending } from './spending.js';

/** What a status line says. */
export interface Glance {
  /** Null where no request of the session was captured. */
  session: SessionGlance | null;
  /** What was spent in the periods that were asked for. */
  spending: Partial<Record<BudgetPeriod, Spending>>;
}

/** What a status line says of a session. */
export interface SessionGlance {
  /** Context of the last billed request of the main conversation, and of its answer; null without one. */
  context: {
    tokens: number;
    /** What each group put into the request, the largest first. */
    groups: Pick<GroupTotal<unknown>, 'group' | 'tokens'>[];
  } | null;
  /** Billed requests of kind `messages`. */
  inputTokens: number;
  cacheReadTokens: number;
  /** US dollars; null without a request whose price is known. */
  costUsd: number | null;
  /** Some output was estimated or is unknown, so the cost is not exact. */
  isEstimate: boolean;
}

/**
 * Reads with a few short statements, and with nothing of the store that they do not need: a status line is printed several
 * times a minute.
 *
 * @param sessionId null where Claude Code does not report it
 * @param busyTimeoutMs how long to wait for other processes
 * @throws StoreError
 */
export function glanceAt(
  file: string,
  sessionId: string | null,
  budgets: readonly BudgetPeriod[],
  busyTimeoutMs: number,
): Glance {
  const db = openAsItIs(file, busyTimeoutMs);
  try {
    const ask = db.transaction(() => ({
      session: sessionId === null ? null : readSession(db, sessionId),
      spending: readSpending(db, budgets, { now: new Date(), sessionId }),
    }));
    return ask();
  } catch (error) {
    throw storeError(error, file) ?? error;
  } finally {
    db.close();
  }
}

interface Totals {
  requests: number | null;
  priced: number;
  estimated: number;
  input_tokens: number;
  cache_read: number;
  cost_usd: number;
}

function readSession(db: Database, sessionId: string): SessionGlance | null {
  const session = db.prepare<[string], number>('SELECT n FROM sessions WHERE id = ?').pluck().get(sessionId);
  if (session === undefined) return null;
  const totals = db
    .prepare<[number], Totals>(`
      SELECT
        sum(requests) AS requests, sum(priced) AS priced, sum(estimated) AS estimated, sum(input_tokens) AS input_tokens,
        sum(cache_read) AS cache_read, sum(cost_usd) AS cost_usd
      FROM request_hours WHERE session = ?`)
    .get(session);
  if (!totals?.requests) return null;
  return {
    context: readContext(db, session),
    inputTokens: totals.input_tokens,
    cacheReadTokens: totals.cache_read,
    costUsd: totals.priced > 0 ? totals.cost_usd : null,
    isEstimate: totals.estimated > 0,
  };
}

function readContext(db: Database, session: number): SessionGlance['context'] {
  const last = db
    .prepare<[number], { request: number; tokens: number }>(`
      SELECT r.n AS request, p.input_tokens + coalesce(p.output_tokens, 0) AS tokens
      FROM captured_requests r
      JOIN thread_places t ON t.request = r.n
      JOIN captured_responses p ON p.request = r.n
      WHERE r.session = ? AND t.purpose = 'main' AND p.billed = 1
      ORDER BY r.initiated DESC, r.n DESC LIMIT 1`)
    .get(session);
  if (last === undefined) return null;
  const sources = db
    .prepare<[number], { source: string; tokens: number }>(`
      SELECT m.source, sum(a.tokens) AS tokens
      FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
      WHERE a.request = ? GROUP BY a.source`)
    .all(last.request);
  const groups = groupTotals(sources.map((each) => ({ ...each, newTokens: null, costUsd: null })));
  return { tokens: last.tokens, groups: groups.map(({ group, tokens }) => ({ group, tokens })) };
}
