import type { Database } from '../sqlite.js';
import type { FoundRequest } from './find.js';
import { iso, type RatingRow } from './rows.js';

/** What the tables hold of a rating, before its sources. */
export type StoredRating = Omit<RatingRow, 'affected_sources' | 'created_at' | 'updated_at'> & {
  n: number;
  created_at: number;
  updated_at: number;
};

export const SELECT_RATINGS = `
  SELECT r.n, f.id, r.id AS request_id, f.rating, f.feedback_text, f.user_id, f.created_at, f.updated_at
  FROM quality_feedback f JOIN captured_requests r ON r.n = f.request`;

/** Null when the request is not rated. */
export function ratingOf(db: Database, request: FoundRequest): RatingRow | null {
  const stored = db.prepare<[number], StoredRating>(`${SELECT_RATINGS} WHERE f.request = ?`).get(request.n);
  return stored === undefined ? null : ratingRow(db, stored);
}

export function ratingRow(db: Database, { n, created_at, updated_at, ...row }: StoredRating): RatingRow {
  const sources = db
    .prepare<[number], string>(`
      SELECT DISTINCT m.source FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
      WHERE a.request = ? ORDER BY m.source`)
    .pluck();
  return { ...row, created_at: iso(created_at), updated_at: iso(updated_at), affected_sources: sources.all(n) };
}
