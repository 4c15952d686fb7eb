import type { Database } from '../sqlite.js';
import { TABLES, whereOfAll } from './filter.js';
import { isOfStored, type Period, periodOf } from './hours.js';
import { countTurns } from './turns.js';

/** How much work a period holds: whether it is long enough to conclude that something is not used. */
export interface Activity {
  /** Prompts of the user in requests that are still stored, counted up to a limit. */
  prompts: number;
  /** From the first to the last request of each session, all sessions together. */
  hours: number;
}

/** @param limit stop counting prompts there */
export function readActivity(db: Database, period: Period, limit: number): Activity {
  const ms = isOfStored(period) ? readStoredMs(db, period) : readMs(db, period);
  return { prompts: countTurns(db, periodOf(period), limit), hours: ms / 3_600_000 };
}

function readMs(db: Database, { since = 0, until = Number.MAX_SAFE_INTEGER, sessionId }: Period): number {
  const ofSession = sessionId === undefined ? [] : [sessionId];
  const ms = db
    .prepare<(string | number)[], number>(`
      SELECT sum(min(last_seen, ?) - max(first_seen, ?)) FROM sessions
      WHERE first_seen < ? AND last_seen >= ? ${ofSession.length === 0 ? '' : 'AND id = ?'}`)
    .pluck()
    .get(until, since, until, since, ...ofSession);
  return ms ?? 0;
}

/** Sessions do not say when an agent or a project was busy in them; their requests do. */
function readStoredMs(db: Database, period: Period): number {
  const where = whereOfAll(periodOf(period));
  const ms = db
    .prepare<(string | number)[], number>(`
      SELECT sum(ms) FROM (
        SELECT max(r.initiated) - min(r.initiated) AS ms FROM ${TABLES[where.response]}
        WHERE r.session IS NOT NULL AND ${where.sql} GROUP BY r.session)`)
    .pluck()
    .get(...where.parameters);
  return ms ?? 0;
}
