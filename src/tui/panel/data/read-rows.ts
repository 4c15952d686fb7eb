import type { RequestSummary } from '../../../model/request.js';
import { NotFoundError, type Reader } from '../../../store/index.js';
import { type LoadedRows, PAGE, rowAt } from '../state/loaded-rows.js';
import { filterOf, type Query } from '../state/state.js';
import { hidesSideCalls, listFilter } from '../state/turns.js';

/** Rows above and below the screen that are read too. */
const MARGIN = PAGE / 4;

/** The rows around the screen, read again; at first only a few, so that they come quickly. */
export function readAround(reader: Reader, query: Query, loaded: LoadedRows, top: number, height: number): LoadedRows {
  const first = Math.max(0, top - MARGIN);
  const anchor = first === 0 ? null : rowAt(loaded, first - 1);
  const limit = loaded.rows.length === 0 ? height + MARGIN : Math.max(PAGE, height + 2 * MARGIN);
  if (anchor !== null) {
    try {
      const rows = reader.page(listFilter(query), { sort: query.sort, after: anchor.id, limit });
      return loadedOf(rows, first, limit, loaded.total);
    } catch (error) {
      // Retention has freed the anchor: the rows are read from the beginning.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  const rows = reader.page(listFilter(query), { sort: query.sort, limit });
  return loadedOf(rows, 0, limit, loaded.total);
}

/** A page that is not full is the last one. */
function loadedOf(rows: RequestSummary[], offset: number, limit: number, total: number | null): LoadedRows {
  return { rows, offset, total: rows.length < limit ? offset + rows.length : total };
}

/** The last rows. @param known number of matches; null before they were counted */
export function readEnd(reader: Reader, query: Query, known: number | null): LoadedRows {
  const filter = listFilter(query);
  const rows = reader.page(filter, { sort: query.sort, ascending: true, limit: PAGE });
  const total = rows.length < PAGE ? rows.length : (known ?? reader.count(filter, query.sort));
  return { rows: rows.toReversed(), offset: Math.max(0, total - rows.length), total };
}

/** The next page before or after the loaded rows, nearest first. */
export function readMore(
  reader: Reader,
  query: Query,
  { rows }: LoadedRows,
  side: 'before' | 'after',
): RequestSummary[] {
  const edge = side === 'after' ? rows.at(-1) : rows[0];
  if (edge === undefined) return [];
  return reader.page(listFilter(query), {
    sort: query.sort,
    ascending: side === 'before',
    after: edge.id,
    limit: PAGE,
  });
}

/** The number of requests in the list, and of side calls that are hidden from it. */
export function countMatches(reader: Reader, query: Query): { total: number; hiddenSideCalls: number } {
  const total = reader.count(listFilter(query), query.sort);
  const hiddenSideCalls = hidesSideCalls(query) ? reader.count(filterOf(query), query.sort) - total : 0;
  return { total, hiddenSideCalls };
}
