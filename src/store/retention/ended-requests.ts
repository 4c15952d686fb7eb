import { SLICES_OF_REQUESTS } from '../content/users.js';
import type { Database } from '../sqlite.js';
import type { Candidates } from './unused.js';

/**
 * Which requests may be removed, as an SQL condition. An open one belongs to the process that will write its response. The one
 * with the highest `n` stays so that its number is not used again: clients that follow by number would miss the next request.
 */
export const REMOVABLE = "state <> 'open' AND n < (SELECT max(n) FROM captured_requests)";

export interface EndedRequest {
  n: number;
  /** When it began, unix ms. */
  at: number;
}

export interface EndedRequests {
  /** @param before unix ms. @returns the oldest removable request that began before */
  oldest(before: number): EndedRequest | undefined;
  /**
   * Removes a request with everything that belongs to it alone. The aggregates still count it.
   * @returns the shared content that it used
   */
  remove(request: number): Candidates;
}

export function createEndedRequests(db: Database): EndedRequests {
  const oldest = db.prepare<[number], EndedRequest>(
    `SELECT n, initiated AS at FROM captured_requests WHERE initiated < ? AND ${REMOVABLE} ORDER BY initiated, n LIMIT 1`,
  );
  const idsOf = (sql: string) => db.prepare<[number], number>(sql).pluck();
  const linksOf = idsOf('SELECT DISTINCT link FROM body_chains WHERE request = ?');
  const slicesOf = idsOf(`SELECT slice FROM (${SLICES_OF_REQUESTS}) WHERE request = ?`);
  const sourceSetsOf = idsOf('SELECT source_set FROM captured_responses WHERE request = ? AND source_set IS NOT NULL');
  const removeTexts = db.prepare<[number]>('DELETE FROM request_texts WHERE rowid = ?');
  const turnOf = idsOf('SELECT turn FROM captured_requests WHERE n = ? AND turn IS NOT NULL');
  const removeEmptyTurn = createTurnRemoval(db);
  // The rows of all other tables are removed by their foreign keys.
  const remove = db.prepare<[number]>('DELETE FROM captured_requests WHERE n = ?');

  return {
    oldest: (before) => oldest.get(before),
    remove(request) {
      const used = {
        links: linksOf.all(request),
        slices: slicesOf.all(request),
        sourceSets: sourceSetsOf.all(request),
      };
      removeTexts.run(request);
      const turn = turnOf.get(request);
      remove.run(request);
      if (turn !== undefined) removeEmptyTurn(turn);
      return used;
    },
  };
}

/** Removes a turn that has lost its last request. */
export function createTurnRemoval(db: Database): (turn: number) => void {
  const remove = db.prepare<{ turn: number }>(
    'DELETE FROM turns WHERE n = @turn AND NOT EXISTS (SELECT 1 FROM captured_requests WHERE turn = @turn)',
  );
  return (turn) => {
    remove.run({ turn });
  };
}

export interface EndedCounts {
  all: number;
  /** How many of these began before the given time. */
  older: number;
  /** When the newest of all began; null without any. */
  newest: Date | null;
}

/** Counts the requests that may be removed. @param before unix ms */
export function countEnded(db: Database, before: number): EndedCounts {
  const counted = db
    .prepare<[number], Omit<EndedCounts, 'newest'> & { newest: number | null }>(`
      SELECT count(*) AS "all", count(*) FILTER (WHERE initiated < ?) AS older, max(initiated) AS newest
      FROM captured_requests WHERE ${REMOVABLE}`)
    .get(before);
  if (counted === undefined) throw new Error('unreachable: an aggregate has one row');
  return { ...counted, newest: counted.newest === null ? null : new Date(counted.newest) };
}
