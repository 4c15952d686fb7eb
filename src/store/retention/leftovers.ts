import type { Database } from '../sqlite.js';

/** Rows removed in one call. */
const ROWS = 200;

/**
 * Removes old incidents, old sessions without requests and aggregates, old connections to MCP servers without messages, and
 * novelties of old versions of Claude Code. Must be called inside a write transaction.
 *
 * @param before unix ms
 * @returns whether there may be more
 */
export function removeLeftovers(db: Database, before: number): boolean {
  const incidents = db.prepare<[number, number]>(
    'DELETE FROM incidents WHERE n IN (SELECT n FROM incidents WHERE at < ? LIMIT ?)',
  );
  const sessions = db.prepare<[number, number]>(`
    DELETE FROM sessions WHERE n IN (
      SELECT n FROM sessions s WHERE last_seen < ?
        AND NOT EXISTS (SELECT 1 FROM captured_requests WHERE session = s.n)
        AND NOT EXISTS (SELECT 1 FROM request_hours WHERE session = s.n)
        AND NOT EXISTS (SELECT 1 FROM source_hours WHERE session = s.n)
        AND NOT EXISTS (SELECT 1 FROM tool_hours WHERE session = s.n)
      LIMIT ?)`);
  const connections = db.prepare<[number, number]>(`
    DELETE FROM mcp_servers WHERE n IN (
      SELECT n FROM mcp_servers s WHERE ended_at < ? AND NOT EXISTS (SELECT 1 FROM mcp_messages WHERE connection = s.n)
      LIMIT ?)`);
  const versions = db.prepare<[number, number]>(
    'DELETE FROM claude_versions WHERE version IN (SELECT version FROM claude_versions WHERE last_seen < ? LIMIT ?)',
  );
  return [incidents, sessions, connections, versions]
    .map((statement) => statement.run(before, ROWS).changes)
    .includes(ROWS);
}
