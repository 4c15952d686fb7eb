import { newUlid } from '../../model/ids.js';
import { InvalidRatingError, NotRatedError, RatedAlreadyError } from '../errors.js';
import { type FoundRequest, findAnswer } from '../find.js';
import type { Page } from '../read/filter.js';
import { iso, type RatingRow } from '../rows.js';
import type { Database } from '../sqlite.js';
import type { Aggregates } from './aggregates.js';
import { createChangeLog } from './changes.js';

/** Who rates, where nobody says: claude-trace serves one person. */
export const LOCAL_USER = 'local-user';

export const MAX_COMMENT_LENGTH = 2_000;

export interface RatingFilter {
  /** Inclusive. */
  minRating?: number | undefined;
  maxRating?: number | undefined;
  userId?: string | undefined;
  /** Unix ms, of the rating: at or after. */
  since?: number | undefined;
  /** Unix ms, of the rating: before. */
  until?: number | undefined;
}

/** What a rating says; a comment that is null says nothing. */
export interface Verdict {
  rating: number;
  comment: string | null;
}

/**
 * Writes ratings; the aggregates of all sources follow in the same transaction, exactly. A request may be rated whatever
 * became of it: a failed answer is worth a verdict, too. `given` is what `findAnswer` takes.
 */
export interface RatingWriter {
  /** @throws NotFoundError, AmbiguousIdError, RatedAlreadyError, InvalidRatingError */
  add(given: string, verdict: Verdict, userId: string): RatingRow;
  /** Null when the request is not rated. Writes nothing. @throws NotFoundError, AmbiguousIdError */
  current(given: string): RatingRow | null;
  /**
   * Rates the request, or changes its rating and leaves what is not given. A first rating is 0 unless given.
   * @returns the rating, and what the request was rated before. @throws NotFoundError, AmbiguousIdError, InvalidRatingError
   */
  set(given: string, verdict: Partial<Verdict>, userId: string): { row: RatingRow; before: Verdict | null };
  /**
   * Changes what is given and leaves the rest; a rating that stays the same is not written.
   * @throws NotFoundError, AmbiguousIdError, NotRatedError, InvalidRatingError
   */
  change(given: string, verdict: Partial<Verdict>): RatingRow;
  /** @returns what was removed. @throws NotFoundError, AmbiguousIdError, NotRatedError */
  remove(given: string): RatingRow;
}

export function createRatingWriter(db: Database, aggregates: Aggregates): RatingWriter {
  const insert = db.prepare(`
    INSERT INTO quality_feedback (id, request, rating, feedback_text, user_id, created_at, updated_at)
    VALUES (@id, @n, @rating, @comment, @userId, @at, @at)`);
  const update = db.prepare(
    'UPDATE quality_feedback SET rating = @rating, feedback_text = @comment, updated_at = @at WHERE request = @n',
  );
  const remove = db.prepare<[number]>('DELETE FROM quality_feedback WHERE request = ?');
  const note = createChangeLog(db);

  function rated(request: FoundRequest): RatingRow {
    const row = ratingOf(db, request);
    if (row === null) throw new NotRatedError(request.id);
    return row;
  }

  function current(given: string): RatingRow | null {
    return ratingOf(db, findAnswer(db, given));
  }

  const writer: RatingWriter = {
    current,
    set(given, verdict, userId) {
      const rating = current(given);
      if (rating === null) {
        return { row: writer.add(given, { rating: 0, comment: null, ...verdict }, userId), before: null };
      }
      const before = { rating: rating.rating, comment: rating.feedback_text };
      return { row: writer.change(given, verdict), before };
    },
    add(given, verdict, userId) {
      const request = findAnswer(db, given);
      if (ratingOf(db, request) !== null) throw new RatedAlreadyError(request.id);
      const row = { id: `fb_${newUlid()}`, n: request.n, userId, at: Date.now(), ...checked(verdict) };
      aggregates.recount(request.n, () => insert.run(row));
      note('feedback.created', request.id, row.id);
      return rated(request);
    },
    change(given, verdict) {
      const request = findAnswer(db, given);
      const old = rated(request);
      const fresh = checked({ rating: old.rating, comment: old.feedback_text, ...verdict });
      if (fresh.rating === old.rating && fresh.comment === old.feedback_text) return old;
      const row = { n: request.n, at: Date.now(), ...fresh };
      aggregates.recount(request.n, () => update.run(row));
      note('feedback.updated', request.id, old.id);
      return rated(request);
    },
    remove(given) {
      const request = findAnswer(db, given);
      const row = rated(request);
      aggregates.recount(request.n, () => remove.run(request.n));
      note('feedback.deleted', request.id, row.id);
      return row;
    },
  };
  return writer;
}

function checked({ rating, comment }: Verdict): Verdict {
  if (!(rating >= -1 && rating <= 1)) throw new InvalidRatingError(`${rating} is not between -1 and 1`);
  if ((comment?.length ?? 0) > MAX_COMMENT_LENGTH) {
    throw new InvalidRatingError(`the comment is longer than ${MAX_COMMENT_LENGTH} characters`);
  }
  return { rating, comment: comment || null };
}

type StoredRating = Omit<RatingRow, 'affected_sources' | 'created_at' | 'updated_at'> & {
  n: number;
  created_at: number;
  updated_at: number;
};

const SELECT = `
  SELECT r.n, f.id, r.id AS request_id, f.rating, f.feedback_text, f.user_id, f.created_at, f.updated_at
  FROM quality_feedback f JOIN captured_requests r ON r.n = f.request`;

/** Null when it is not rated. */
export function ratingOf(db: Database, request: FoundRequest): RatingRow | null {
  const stored = db.prepare<[number], StoredRating>(`${SELECT} WHERE f.request = ?`).get(request.n);
  return stored === undefined ? null : ratingRow(db, stored);
}

/** One page of the ratings that match, the last given first. */
export function listRatings(db: Database, filter: RatingFilter, page: Page): { rows: RatingRow[]; total: number } {
  const { minRating, maxRating, userId, since, until } = filter;
  const conditions = [
    ['f.rating >= ?', minRating],
    ['f.rating <= ?', maxRating],
    ['f.user_id = ?', userId],
    ['f.created_at >= ?', since],
    ['f.created_at < ?', until],
  ].filter((condition): condition is [string, string | number] => condition[1] !== undefined);
  const where = conditions.map(([sql]) => sql).join(' AND ') || '1';
  const parameters = conditions.map(([, value]) => value);
  const total = db
    .prepare<(string | number)[], number>(`SELECT count(*) FROM quality_feedback f WHERE ${where}`)
    .pluck()
    .get(...parameters);
  const stored = db
    .prepare<(string | number)[], StoredRating>(
      `${SELECT} WHERE ${where} ORDER BY f.created_at DESC, f.n DESC LIMIT ? OFFSET ?`,
    )
    .all(...parameters, page.limit, page.offset);
  return { rows: stored.map((row) => ratingRow(db, row)), total: total ?? 0 };
}

function ratingRow(db: Database, { n, created_at, updated_at, ...row }: StoredRating): RatingRow {
  const sources = db
    .prepare<[number], string>(`
      SELECT DISTINCT m.source FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
      WHERE a.request = ? ORDER BY m.source`)
    .pluck();
  return { ...row, created_at: iso(created_at), updated_at: iso(updated_at), affected_sources: sources.all(n) };
}
