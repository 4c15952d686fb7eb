import type { Change } from '../../model/change.js';
import type { Database } from '../sqlite.js';

/** Numbers of the first and the last change that are kept; both 0 when there are no changes. */
export function keptChanges(db: Database): { first: number; last: number } {
  const bounds = db.prepare<[], { first: number | null; last: number | null }>(
    'SELECT (SELECT min(n) FROM changes) AS first, (SELECT max(n) FROM changes) AS last',
  );
  const { first, last } = bounds.get() ?? {};
  return { first: first ?? 0, last: last ?? 0 };
}

/** All ids are in the column of requests, which is older than the others. */
const idOf = (types: string) => `iif(type GLOB '${types}', request_id, NULL)`;

/** The changes after number `after`, in order. */
export function changesAfter(db: Database, after: number, limit: number): Change[] {
  return db
    .prepare<[number, number], Omit<Change, 'at'> & { at: number }>(
      `SELECT
         n, at, type, iif(type GLOB 'mcp_call.*' OR type GLOB 'rule.*', NULL, request_id) AS requestId,
         feedback_id AS feedbackId, ${idOf('mcp_call.*')} AS mcpCallId, ${idOf('rule.*')} AS alertId
       FROM changes WHERE n > ? ORDER BY n LIMIT ?`,
    )
    .all(after, limit)
    .map((stored) => ({ ...stored, at: new Date(stored.at) }));
}
