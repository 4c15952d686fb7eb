import {
  LOCAL_USER,
  NotFoundError,
  NotRatedError,
  openStore,
  type RatingRow,
  type Store,
  type Verdict,
} from '../../../store/index.js';

/** Gives ratings, and takes the last one back. */
export interface Rater {
  /** @throws StoreError */
  rate(id: string, rating: number): RatingRow;
  /** Of a request that is not rated yet, a rating of 0 comes with it. An empty one takes it away. @throws StoreError */
  comment(id: string, text: string): RatingRow;
  /** As it was before the last of these calls. @returns which request it was about; null when there is nothing to undo. @throws StoreError */
  undo(): string | null;
  close(): void;
}

/** What a request was rated before a change of ours. */
interface Before {
  id: string;
  verdict: Verdict | null;
}

export function createRater(file: string, busyTimeoutMs: number): Rater {
  let store: Store | null = null;
  const done: Before[] = [];

  /** Opened by the first rating: who only looks needs no writer. */
  function writing(): Store {
    store ??= openStore(file, busyTimeoutMs);
    return store;
  }

  function change(id: string, verdict: Partial<Verdict>): RatingRow {
    const { row, before } = writing().ratings.set(id, verdict, LOCAL_USER);
    const isNews = before === null || before.rating !== row.rating || before.comment !== row.feedback_text;
    if (isNews) done.push({ id: row.request_id, verdict: before });
    return row;
  }

  return {
    rate: (id, rating) => change(id, { rating }),
    comment: (id, text) => change(id, { comment: text.trim() || null }),
    undo() {
      const last = done.at(-1);
      if (last === undefined) return null;
      const { id, verdict } = last;
      try {
        const { ratings } = writing();
        if (verdict === null) ratings.remove(id);
        else ratings.change(id, verdict);
      } catch (error) {
        // Freed by retention, or taken away by somebody else: the next undo is about the one before it.
        if (error instanceof NotFoundError || error instanceof NotRatedError) done.pop();
        throw error;
      }
      done.pop();
      return id;
    },
    close() {
      store?.close();
      store = null;
    },
  };
}
