import type { Database } from '../sqlite.js';
import { whereOf } from './filter.js';
import type { Period } from './hours.js';

/** How much work a period holds: whether it is long enough to conclude that something is not used. */
export interface Activity {
  /** Prompts of the user in requests that are still stored, counted up to a limit. */
  prompts: number;
  /** From the first to the last request of each session, all sessions together. */
  hours: number;
}

/** @param limit count no more prompts than this: counting all of them would read the whole history */
export function readActivity(db: Database, { since, until, sessionId }: Period, limit: number): Activity {
  return {
    prompts: countPrompts(db, { since, until, sessionId }, limit),
    hours: readHours(db, { since, until, sessionId }),
  };
}

/** Claude Code before 2.1 sends no prompt id: there, each request of the main conversation with new text of the user counts. */
function countPrompts(db: Database, period: Period, limit: number): number {
  const where = whereOf(period);
  const counted = db
    .prepare<(string | number)[], number>(`
      SELECT count(*) FROM (
        SELECT DISTINCT coalesce(r.prompt_id, r.id)
        FROM captured_requests r JOIN thread_places t ON t.request = r.n
        WHERE ${where.sql} AND t.purpose = 'main' AND (r.prompt_id IS NOT NULL OR EXISTS (
          SELECT 1 FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
          WHERE a.request = r.n AND m.source = 'user' AND coalesce(a.new_tokens, a.tokens) > 0))
        LIMIT ?)`)
    .pluck()
    .get(...where.parameters, limit);
  return counted ?? 0;
}

function readHours(db: Database, { since = 0, until = Number.MAX_SAFE_INTEGER, sessionId }: Period): number {
  const ms = db
    .prepare<[number, number, number, number, string | null, string | null], number>(`
      SELECT sum(min(last_seen, ?) - max(first_seen, ?)) FROM sessions
      WHERE first_seen < ? AND last_seen >= ? AND (? IS NULL OR id = ?)`)
    .pluck()
    .get(until, since, until, since, sessionId ?? null, sessionId ?? null);
  return (ms ?? 0) / 3_600_000;
}
