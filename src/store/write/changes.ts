import { iso } from '../rows.js';
import type { Database } from '../sqlite.js';

/** What can happen to what is stored. An interrupted request has ended; what retention frees has not changed. */
type ChangeType = 'request.started' | 'request.ended' | 'feedback.created' | 'feedback.updated' | 'feedback.deleted';

export interface Change {
  /**
   * Ascending in the order of commits, also across processes and restarts. The first of a database is the time in unix ms:
   * so a number of another database, older or newer than this one, is none that this one has given.
   */
  n: number;
  at: string;
  type: ChangeType;
  request_id: string;
  feedback_id: string | null;
}

/** What a follower who was away may have missed: hours of hard work. */
const KEPT = 10_000;
/** Old ones go in groups, so that a commit mostly writes one page of the table and not two. */
const TIDIED_EACH = 500;

type NoteChange = (type: ChangeType, requestId: string, feedbackId?: string) => void;

/** Belongs inside the transaction of the change. */
export function createChangeLog(db: Database): NoteChange {
  const insert = db.prepare(`
    INSERT INTO changes (n, at, type, request_id, feedback_id)
    VALUES (coalesce((SELECT max(n) FROM changes) + 1, @at), @at, @type, @requestId, @feedbackId)`);
  const tidy = db.prepare<[number]>('DELETE FROM changes WHERE n <= ?');
  return (type, requestId, feedbackId) => {
    const change = { at: Date.now(), type, requestId, feedbackId: feedbackId ?? null };
    const n = Number(insert.run(change).lastInsertRowid);
    if (n % TIDIED_EACH === 0) tidy.run(n - KEPT);
  };
}

/** Numbers of the changes that are kept; both 0 when there is none. */
export function keptChanges(db: Database): { first: number; last: number } {
  const bounds = db.prepare<[], { first: number | null; last: number | null }>(
    'SELECT (SELECT min(n) FROM changes) AS first, (SELECT max(n) FROM changes) AS last',
  );
  const { first, last } = bounds.get() ?? {};
  return { first: first ?? 0, last: last ?? 0 };
}

export function changesAfter(db: Database, after: number, limit: number): Change[] {
  return db
    .prepare<[number, number], Omit<Change, 'at'> & { at: number }>(
      'SELECT n, at, type, request_id, feedback_id FROM changes WHERE n > ? ORDER BY n LIMIT ?',
    )
    .all(after, limit)
    .map((stored) => ({ ...stored, at: iso(stored.at) }));
}
