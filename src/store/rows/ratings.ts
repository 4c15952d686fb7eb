import type { Rating } from '../../model/rating.js';
import type { Database } from '../sqlite.js';
import type { FoundRequest } from './find.js';

/** What the tables hold of a rating, before its sources. */
export type StoredRating = Omit<Rating, 'affectedSources' | 'createdAt' | 'updatedAt'> & {
  n: number;
  createdAt: number;
  updatedAt: number;
};

export const SELECT_RATINGS = `
  SELECT
    r.n, f.id, r.id AS requestId, f.rating, f.feedback_text AS feedbackText, f.user_id AS userId, f.created_at AS createdAt,
    f.updated_at AS updatedAt
  FROM quality_feedback f JOIN captured_requests r ON r.n = f.request`;

/** Null when the request is not rated. */
export function ratingOf(db: Database, request: FoundRequest): Rating | null {
  const stored = db.prepare<[number], StoredRating>(`${SELECT_RATINGS} WHERE f.request = ?`).get(request.n);
  return stored === undefined ? null : withSources(db, stored);
}

export function withSources(db: Database, { n, createdAt, updatedAt, ...rating }: StoredRating): Rating {
  const sources = db
    .prepare<[number], string>(`
      SELECT DISTINCT m.source FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
      WHERE a.request = ? ORDER BY m.source`)
    .pluck();
  return {
    ...rating,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    affectedSources: sources.all(n),
  };
}
