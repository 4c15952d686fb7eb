import type { Database } from '../sqlite.js';
import { directoryGlob, RUNS_IN } from './filter.js';
import { type Period, periodOf } from './hours.js';
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
  return { prompts: countTurns(db, periodOf(period), limit), hours: readHours(db, period) };
}

function readHours(db: Database, { since = 0, until = Number.MAX_SAFE_INTEGER, sessionId, project }: Period): number {
  const conditions = ['first_seen < ?', 'last_seen >= ?'];
  const parameters: (string | number)[] = [until, since, until, since];
  if (sessionId !== undefined) {
    conditions.push('id = ?');
    parameters.push(sessionId);
  }
  if (project !== undefined) {
    conditions.push(`run IN (${RUNS_IN})`);
    parameters.push(directoryGlob(project));
  }
  const ms = db
    .prepare<(string | number)[], number>(
      `SELECT sum(min(last_seen, ?) - max(first_seen, ?)) FROM sessions WHERE ${conditions.join(' AND ')}`,
    )
    .pluck()
    .get(...parameters);
  return (ms ?? 0) / 3_600_000;
}
