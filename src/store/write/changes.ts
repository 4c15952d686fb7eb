import type { Change } from '../../model/change.js';
import type { Database } from '../sqlite.js';

/** Enough for clients that were away during hours of hard work. */
const KEPT = 10_000;
/** Maximum number of changes while a collector is behind, such as one that does not answer. */
const KEPT_UNSENT = 200_000;
/** After a week without an attempt to send, changes are no longer kept for a collector. */
const ABANDONED_MS = 7 * 24 * 60 * 60 * 1_000;
/** Old changes are removed in groups, so that most commits write only one page of the table. */
const REMOVE_EVERY = 500;

/** @param id of the request, of the MCP call, or of the alert */
type LogChange = (type: Change['type'], id: string, feedbackId?: string) => void;

/** Must be called in the transaction of the change. */
export function createChangeLog(db: Database): LogChange {
  const insert = db.prepare(`
    INSERT INTO changes (n, at, type, request_id, feedback_id)
    VALUES (coalesce((SELECT max(n) FROM changes) + 1, @at), @at, @type, @id, @feedbackId)`);
  const removeOld = db.prepare<[{ n: number; at: number }]>(`
    DELETE FROM changes WHERE n <= min(
      @n - ${KEPT},
      coalesce((SELECT max(position, @n - ${KEPT_UNSENT}) FROM telemetry WHERE until > @at - ${ABANDONED_MS}), @n)
    )`);
  return (type, id, feedbackId) => {
    const change = { at: Date.now(), type, id, feedbackId: feedbackId ?? null };
    const n = Number(insert.run(change).lastInsertRowid);
    if (n % REMOVE_EVERY === 0) removeOld.run({ n, at: change.at });
  };
}
