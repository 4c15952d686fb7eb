import type { Database } from '../database.js';
import type { Candidates } from './unused.js';

/** Requests that may go: an open one belongs to the process that will write its response. */
export interface EndedRequests {
  /** @param before unix ms. @returns the oldest that began before; null when there is none. */
  oldest(before: number): number | null;
  /**
   * Removes a request with everything that belongs to it alone. The aggregates that count it stay as they are.
   * @returns what it used together with others
   */
  remove(request: number): Candidates;
}

export function createEndedRequests(db: Database): EndedRequests {
  const oldest = db
    .prepare<[number], number>(
      "SELECT n FROM captured_requests WHERE initiated < ? AND state <> 'open' ORDER BY initiated, n LIMIT 1",
    )
    .pluck();
  const linksOf = db.prepare<[number], number>('SELECT DISTINCT link FROM body_chains WHERE request = ?').pluck();
  const columnsOf = db
    .prepare<[number], (number | null)[]>(`
      SELECT r.headers, p.headers, p.thread, p.solution, p.source_set
      FROM captured_requests r LEFT JOIN captured_responses p ON p.request = r.n WHERE r.n = ?`)
    .raw();
  const removeTexts = db.prepare<[number]>('DELETE FROM request_texts WHERE rowid = ?');
  // Every other table that belongs to a request follows by its foreign key.
  const remove = db.prepare<[number]>('DELETE FROM captured_requests WHERE n = ?');

  return {
    oldest: (before) => oldest.get(before) ?? null,
    remove(request) {
      const links = linksOf.all(request);
      const [sourceSet, ...slices] = [...(columnsOf.get(request) ?? [])].reverse();
      removeTexts.run(request);
      remove.run(request);
      return { links, slices: slices.filter(isId), sourceSets: [sourceSet].filter(isId) };
    },
  };
}

function isId(id: number | null | undefined): id is number {
  return typeof id === 'number';
}
