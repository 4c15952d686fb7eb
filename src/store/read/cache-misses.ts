import { roundDollars } from '../../model/dollars.js';
import type { CacheMissCause } from '../../model/thread.js';
import type { Database } from '../sqlite.js';
import { whereOf } from './filter.js';
import { type Period, periodOf } from './hours.js';

/** Requests that missed the cache for the same reason. */
export interface CacheMissGroup {
  cause: CacheMissCause;
  /** The change that caused it, or null. */
  source: string | null;
  /** Which parameters changed; null for other causes. */
  detail: string | null;
  requests: number;
  sessions: number;
  /** Billed as new input instead of read from the cache. */
  lostTokens: number;
  /** The extra cost; null where no price is known. */
  lostUsd: number | null;
}

/** The most expensive first. */
export function groupCacheMisses(db: Database, period: Period): CacheMissGroup[] {
  const where = whereOf(periodOf(period));
  return db
    .prepare<(string | number)[], CacheMissGroup>(`
      SELECT
        c.cause, c.source, iif(c.cause = 'parameters', c.detail, NULL) AS detail, count(*) AS requests,
        count(DISTINCT r.session) AS sessions, sum(c.lost_tokens) AS lostTokens, sum(c.lost_usd) AS lostUsd
      FROM cache_misses c CROSS JOIN captured_requests r ON r.n = c.request
      WHERE ${where.sql}
      GROUP BY 1, 2, 3 ORDER BY lostUsd DESC, lostTokens DESC`)
    .all(...where.parameters)
    .map((group) => ({ ...group, lostUsd: roundDollars(group.lostUsd) }));
}
