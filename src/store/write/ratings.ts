import { newUlid } from '../../model/ids.js';
import type { Rating } from '../../model/rating.js';
import { InvalidRatingError, NotRatedError, RatedAlreadyError } from '../errors.js';
import { type FoundRequest, findAnswer } from '../rows/find.js';
import { ratingOf } from '../rows/ratings.js';
import type { Database } from '../sqlite.js';
import type { Aggregates } from './aggregates.js';
import { createChangeLog } from './changes.js';

/** The default user: claude-trace serves one person. */
export const LOCAL_USER = 'local-user';

export const MAX_COMMENT_LENGTH = 2_000;

/** The content of a rating; `comment` is null without one. */
export interface Verdict {
  rating: number;
  comment: string | null;
}

/**
 * Writes ratings, and updates the aggregates of all their sources in the same transaction. Failed requests can be rated, too.
 * `given` is what `findAnswer` accepts.
 */
export interface RatingWriter {
  /** @throws NotFoundError, AmbiguousIdError, RatedAlreadyError, InvalidRatingError */
  add(given: string, verdict: Verdict, userId: string): Rating;
  /** Only reads. Null when the request is not rated. @throws NotFoundError, AmbiguousIdError */
  current(given: string): Rating | null;
  /**
   * Rates the request, or changes the given parts of its rating. A first rating defaults to 0.
   * @returns the rating, and the one before. @throws NotFoundError, AmbiguousIdError, InvalidRatingError
   */
  set(given: string, verdict: Partial<Verdict>, userId: string): { row: Rating; before: Verdict | null };
  /**
   * Changes the given parts. A rating that stays the same is not written.
   * @throws NotFoundError, AmbiguousIdError, NotRatedError, InvalidRatingError
   */
  change(given: string, verdict: Partial<Verdict>): Rating;
  /** @returns the removed rating. @throws NotFoundError, AmbiguousIdError, NotRatedError */
  remove(given: string): Rating;
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

  function rated(request: FoundRequest): Rating {
    const row = ratingOf(db, request);
    if (row === null) throw new NotRatedError(request.id);
    return row;
  }

  function current(given: string): Rating | null {
    return ratingOf(db, findAnswer(db, given));
  }

  const writer: RatingWriter = {
    current,
    set(given, verdict, userId) {
      const rating = current(given);
      if (rating === null) {
        return { row: writer.add(given, { rating: 0, comment: null, ...verdict }, userId), before: null };
      }
      const before = { rating: rating.rating, comment: rating.feedbackText };
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
      const fresh = checked({ rating: old.rating, comment: old.feedbackText, ...verdict });
      if (fresh.rating === old.rating && fresh.comment === old.feedbackText) return old;
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
