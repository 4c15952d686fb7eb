import type { Change } from '../../model/change.js';
import type { Database } from '../sqlite.js';

/** Enough for clients that were away during hours of hard work. */
const KEPT = 10_000;
/** Old changes are removed in groups, so that most commits write only one page of the table. */
const REMOVE_EVERY = 500;

/** @param id of the request, of the MCP call, or of the alert */
type LogChange = (type: Change['type'], id: string, feedbackId?: string) => void;

/** Must be called in the transaction of the change. */
export function createChangeLog(db: Database): LogChange {
  const insert = db.prepare(`
    INSERT INTO changes (n, at, type, request_id, feedback_id)
    VALUES (coalesce((SELECT max(n) FROM changes) + 1, @at), @at, @type, @id, @feedbackId)`);
  const removeUpTo = db.prepare<[number]>('DELETE FROM changes WHERE n <= ?');
  return (type, id, feedbackId) => {
    const change = { at: Date.now(), type, id, feedbackId: feedbackId ?? null };
    const n = Number(insert.run(change).lastInsertRowid);
    if (n % REMOVE_EVERY === 0) removeUpTo.run(n - KEPT);
  };
}
