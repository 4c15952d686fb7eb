import type { Database } from '../sqlite.js';

export const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The time that age is measured from: a day after the newest stored request or MCP message that is at least a day old.
 *
 * A clock can be wrong by years for a while, and both are stored with its time. Those of the last day are not counted as evidence
 * for it, so while the clock is wrong the known time stays where it was. The price: after a pause in use, requests
 * that have become too old are removed a day later.
 *
 * @param now unix ms, by the clock
 * @returns unix ms, never later than `now`; null while nothing is a day old
 */
export function knownTime(db: Database, now: number): number | null {
  const evidence = db
    .prepare<[number, number], number | null>(`
      SELECT max(at) FROM (
        SELECT max(initiated) AS at FROM captured_requests WHERE initiated <= ?
        UNION ALL SELECT max(at) FROM mcp_messages WHERE at <= ?
      )`)
    .pluck()
    .get(now - DAY_MS, now - DAY_MS);
  return typeof evidence === 'number' ? evidence + DAY_MS : null;
}
