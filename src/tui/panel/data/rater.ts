import type { Rating } from '../../../model/rating.js';
import { LOCAL_USER, NotFoundError, NotRatedError, openStore, type Store, type Verdict } from '../../../store/index.js';

/** Writes ratings, and undoes the last one. */
export interface Rater {
  /** @throws StoreError */
  rate(id: string, rating: number): Rating;
  /** A request without a rating gets the rating 0. An empty text removes the comment. @throws StoreError */
  comment(id: string, text: string): Rating;
  /**
   * Undoes the last of these calls.
   * @returns the id of its request; null when there is nothing to undo.
   * @throws StoreError
   */
  undo(): string | null;
  close(): void;
}

interface Change {
  id: string;
  /** Null when the request was not rated. */
  before: Verdict | null;
}

export function createRater(file: string, busyTimeoutMs: number): Rater {
  let store: Store | null = null;
  const changes: Change[] = [];

  /** Opened by the first rating, as reading needs no writer. */
  function writing(): Store {
    store ??= openStore(file, busyTimeoutMs);
    return store;
  }

  function change(id: string, verdict: Partial<Verdict>): Rating {
    const { row, before } = writing().ratings.set(id, verdict, LOCAL_USER);
    const isNew = before === null || before.rating !== row.rating || before.comment !== row.feedbackText;
    if (isNew) changes.push({ id: row.requestId, before });
    return row;
  }

  return {
    rate: (id, rating) => change(id, { rating }),
    comment: (id, text) => change(id, { comment: text.trim() || null }),
    undo() {
      const last = changes.at(-1);
      if (last === undefined) return null;
      const { id, before } = last;
      try {
        const { ratings } = writing();
        if (before === null) ratings.remove(id);
        else ratings.change(id, before);
      } catch (error) {
        // The request was freed by retention, or its rating removed elsewhere: the next undo is about the change
        // before.
        if (error instanceof NotFoundError || error instanceof NotRatedError) changes.pop();
        throw error;
      }
      changes.pop();
      return id;
    },
    close() {
      store?.close();
      store = null;
    },
  };
}
