import type { Database } from '../sqlite.js';
import { whereOf } from './filter.js';
import type { Period } from './hours.js';

/** How much work a period holds: what says whether it is long enough to tell that something is not used. */
export interface Extent {
  /** Prompts that a person gave, counted up to the limit asked for. Of requests that are still stored. */
  prompts: number;
  /** From the first to the last request of each session, all sessions together. */
  hours: number;
}

/** @param limit count no more prompts than this: the rest would cost a walk over the whole history */
export function readExtent(db: Database, { since, until, sessionId }: Period, limit: number): Extent {
  return {
    prompts: countPrompts(db, { since, until, sessionId }, limit),
    hours: readHours(db, { since, until, sessionId }),
  };
}

/** Versions before 2.1 send no id of a prompt: there, it is a request of the main conversation with new text of the person's. */
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
