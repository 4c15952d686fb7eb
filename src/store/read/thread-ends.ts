import { type RequestId, requestId } from '../../model/ids.js';
import { CONVERSATIONS } from '../../model/purpose.js';
import { sqlList } from '../sql-list.js';
import type { Database } from '../sqlite.js';

/**
 * The last billed request of each conversation of a session, of the main one and of subagents, as far as `version` of the engine
 * attributed them; the last used comes last.
 */
export function threadEnds(db: Database, sessionId: string, version: number, limit: number): RequestId[] {
  const newest = db
    .prepare<[string, number, number], { correlationId: string }>(`
      SELECT r.correlation_id AS correlationId, max(r.initiated) AS at
      FROM thread_places t
      JOIN captured_requests r ON r.n = t.request
      JOIN captured_responses p ON p.request = t.request
      WHERE r.session = (SELECT n FROM sessions WHERE id = ?) AND t.purpose IN ${sqlList(CONVERSATIONS)}
        AND p.billed = 1 AND p.attribution_version = ?
      GROUP BY t.thread
      ORDER BY at DESC
      LIMIT ?`)
    .all(sessionId, version, limit);
  return newest.reverse().map((row) => requestId(row.correlationId));
}
