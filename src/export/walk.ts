import type { RequestSummary } from '../model/request.js';
import { NotFoundError, type Reader, type RequestFilter } from '../store/index.js';

/** Rows read at a time: some hundred kilobytes, some milliseconds. */
const BATCH_ROWS = 200;

/** How far an export has got. An export that continues from here delivers every other request once. */
export interface Reached {
  /** The last request that was read, and its time; null at the beginning. */
  after: string | null;
  time: Date | null;
  /** Requests up to there that were open: a later export delivers them. */
  leftOut: readonly string[];
}

export interface Selection {
  filter: RequestFilter;
  /** The last request of an earlier export; null for all. */
  after: string | null;
  /** The requests that that export left out. */
  leftOut: readonly string[];
  /** Also open requests, as far as they have got. */
  withOpen: boolean;
}

export interface Step {
  /** Null for an open request that is left out. */
  row: RequestSummary | null;
  /** How far the export has got once this request is delivered. */
  reached: Reached;
}

/**
 * The requests to export, oldest first. Open requests are left out and remembered; those that an earlier export left out
 * come first.
 *
 * @throws NotFoundError when the request to continue after is not stored; InvalidFilterError
 */
export function* requestsToExport(reader: Reader, selection: Selection): Generator<Step> {
  const { filter, after, leftOut, withOpen } = selection;
  let position = after === null ? 0 : reader.position(after);
  let reached: Reached = { after, time: null, leftOut };

  for (const id of leftOut) {
    const row = storedRow(reader, id);
    if (row !== null && isOpen(row) && !withOpen) continue;
    reached = { ...reached, leftOut: reached.leftOut.filter((each) => each !== id) };
    yield { row, reached };
  }
  for (;;) {
    const batch = reader.walk(filter, position, BATCH_ROWS);
    for (const row of batch.rows) {
      const isLeftOut = isOpen(row) && !withOpen;
      const stillToCome = isLeftOut ? [...reached.leftOut, row.id] : reached.leftOut;
      reached = { after: row.id, time: row.timestamp, leftOut: stillToCome };
      yield { row: isLeftOut ? null : row, reached };
    }
    if (batch.rows.length < BATCH_ROWS) return;
    position = batch.position;
  }
}

/** Null when retention has removed it. */
function storedRow(reader: Reader, id: string): RequestSummary | null {
  try {
    return reader.walk({ kind: 'all' }, reader.position(id) - 1, 1).rows[0] ?? null;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

function isOpen({ state }: RequestSummary): boolean {
  return state === 'open';
}
