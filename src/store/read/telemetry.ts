import type { Database } from '../sqlite.js';

/** How far an OpenTelemetry collector has got. */
export interface TelemetryState {
  /** Number of ended requests and MCP calls that are still to be sent: of requests those of kind `messages`, without imported ones. */
  unsent: number;
  /** Time of the first change that is still to be sent. */
  unsentSince: Date | null;
  /** Whether there are changes after the position, also if nothing of them will be sent. */
  isBehind: boolean;
  /** Until then, no other process sends. */
  until: Date;
  /** Null: the last batch was taken. */
  failingSince: Date | null;
  /** Why the last attempt failed. */
  error: string | null;
}

interface StoredState {
  position: number;
  until: number;
  failingSince: number | null;
  error: string | null;
}

export function readTelemetry(db: Database): TelemetryState | null {
  const stored = db
    .prepare<[], StoredState>('SELECT position, until, failing_since AS failingSince, error FROM telemetry')
    .get();
  if (stored === undefined) return null;
  const behind = db
    .prepare<[number], { changes: number; ended: number; since: number | null }>(`
      SELECT count(*) AS changes,
        count(DISTINCT id) FILTER (WHERE type GLOB '*.ended' AND isSent) AS ended,
        min(at) FILTER (WHERE isSent) AS since
      FROM (
        SELECT type, request_id AS id, at, type <> 'request.ended' OR EXISTS (
          SELECT 1 FROM captured_requests r WHERE r.id = request_id AND r.kind = 'messages' AND r.origin = 'wire'
        ) AS isSent
        FROM changes WHERE n > ? AND type IN ('request.ended', 'mcp_call.ended', 'mcp_call.delivered')
      )`)
    .get(stored.position);
  return {
    unsent: behind?.ended ?? 0,
    unsentSince: dateOf(behind?.since),
    isBehind: (behind?.changes ?? 0) > 0,
    until: new Date(stored.until),
    failingSince: dateOf(stored.failingSince),
    error: stored.error,
  };
}

/** The folders in which claude-trace was started, by id of the request or MCP call. */
export function projectsOf(db: Database, ids: readonly string[]): ReadonlyMap<string, string> {
  const select = db.prepare<[{ ids: string }], [string, string]>(`
    SELECT r.id, u.cwd FROM json_each(@ids) given
    JOIN captured_requests r ON r.id = given.value JOIN runs u ON u.n = r.run
    UNION ALL
    SELECT given.value, u.cwd FROM json_each(@ids) given
    JOIN mcp_messages m ON m.id = replace(given.value, 'mcpc_', 'mcpm_')
    JOIN mcp_servers s ON s.n = m.connection JOIN runs u ON u.n = s.run`);
  return new Map(select.raw().all({ ids: JSON.stringify(ids) }));
}

/** A request that another process believed dead, or an answer that came too late, ends a second time, soon after the first. */
const ENDS_WITHIN = 10_000;

export function endedBefore(db: Database, ids: readonly string[], n: number): ReadonlySet<string> {
  const select = db
    .prepare<[{ n: number; ids: string }], string>(`
      SELECT request_id FROM changes
      WHERE n < @n AND n >= @n - ${ENDS_WITHIN} AND type IN ('request.ended', 'mcp_call.ended')
        AND request_id IN (SELECT value FROM json_each(@ids))`)
    .pluck();
  return new Set(select.all({ n, ids: JSON.stringify(ids) }));
}

function dateOf(ms: number | null | undefined): Date | null {
  return ms == null ? null : new Date(ms);
}
