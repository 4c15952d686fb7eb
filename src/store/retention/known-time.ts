import type { Database } from '../sqlite.js';

export const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The time that age is measured from: a day after the newest stored request that is at least a day old.
 *
 * A clock can be wrong by years for a while, and requests are stored with its time. The requests of the last day are not counted
 * as evidence for it, so while the clock is wrong the known time stays where it was. The price: after a pause in use, requests
 * that have become too old are removed a day later.
 *
 * @param now unix ms, by the clock
 * @returns unix ms, never later than `now`; null while no request is a day old
 */
export function knownTime(db: Database, now: number): number | null {
  const evidence = db
    .prepare<[number], number | null>('SELECT max(initiated) FROM captured_requests WHERE initiated <= ?')
    .pluck()
    .get(now - DAY_MS);
  return typeof evidence === 'number' ? evidence + DAY_MS : null;
}
