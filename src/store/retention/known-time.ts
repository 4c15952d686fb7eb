import type { Database } from '../sqlite.js';

export const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The time that the stored requests vouch for: a day after the newest one that is at least a day old.
 *
 * A clock can be wrong for a while, by years, and requests are stored with its time. Whatever it says, the requests of its
 * last day are no witness for it, and those from before keep the known time where it was: nothing goes that would not have
 * gone a day after the last use. The price: after a pause, what grew too old meanwhile goes a day later.
 *
 * @param now unix ms, as the clock says
 * @returns unix ms, never later than `now`; null while no request is a day old.
 */
export function knownTime(db: Database, now: number): number | null {
  const witness = db
    .prepare<[number], number | null>('SELECT max(initiated) FROM captured_requests WHERE initiated <= ?')
    .pluck()
    .get(now - DAY_MS);
  return typeof witness === 'number' ? witness + DAY_MS : null;
}
