import type { Rating } from '../../model/rating.js';
import { SELECT_RATINGS, type StoredRating, withSources } from '../rows/ratings.js';
import type { Database } from '../sqlite.js';
import type { Page } from './filter.js';

export interface RatingFilter {
  /** Inclusive. */
  minRating?: number | undefined;
  maxRating?: number | undefined;
  userId?: string | undefined;
  /** Unix ms: rated at or after. */
  since?: number | undefined;
  /** Unix ms: rated before. */
  until?: number | undefined;
}

/** One page of the ratings that match, the newest first. */
export function listRatings(db: Database, filter: RatingFilter, page: Page): { rows: Rating[]; total: number } {
  const conditions = [
    ['f.rating >= ?', filter.minRating],
    ['f.rating <= ?', filter.maxRating],
    ['f.user_id = ?', filter.userId],
    ['f.created_at >= ?', filter.since],
    ['f.created_at < ?', filter.until],
  ].filter((condition): condition is [string, string | number] => condition[1] !== undefined);
  const where = conditions.map(([sql]) => sql).join(' AND ') || '1';
  const parameters = conditions.map(([, value]) => value);
  const total = db
    .prepare<(string | number)[], number>(`SELECT count(*) FROM quality_feedback f WHERE ${where}`)
    .pluck()
    .get(...parameters);
  const stored = db
    .prepare<(string | number)[], StoredRating>(
      `${SELECT_RATINGS} WHERE ${where} ORDER BY f.created_at DESC, f.n DESC LIMIT ? OFFSET ?`,
    )
    .all(...parameters, page.limit, page.offset);
  return { rows: stored.map((row) => withSources(db, row)), total: total ?? 0 };
}
