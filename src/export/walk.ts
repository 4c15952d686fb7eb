import { NotFoundError, type Reader, type RequestFilter, type RequestRow } from '../store/index.js';

/** Rows of one snapshot: some hundred kilobytes, some milliseconds. */
const STRETCH = 200;

/** How far an export has come: who goes on from here gets every request once. */
export interface Reached {
  /** The last request that was looked at, and its time; null at the beginning. */
  after: string | null;
  time: string | null;
  /** Requests up to there that were open, and so are still to come. */
  leftOut: readonly string[];
}

export interface Selection {
  filter: RequestFilter;
  /** Id of the last request of an earlier export; null for all. */
  after: string | null;
  /** What that export left out. */
  leftOut: readonly string[];
  /** Open requests, too, as far as they have come. */
  withOpen: boolean;
}

export interface Step {
  /** Null when it is passed over. */
  row: RequestRow | null;
  /** When this one is delivered. */
  reached: Reached;
}

/**
 * The requests to export, oldest first. Those that have not ended are passed over, and remembered; those that an earlier
 * export passed over come first.
 *
 * @throws NotFoundError when the request to go on after is not stored; InvalidFilterError
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
    const stretch = reader.walk(filter, position, STRETCH);
    for (const row of stretch.rows) {
      const passedOver = isOpen(row) && !withOpen;
      const stillToCome = passedOver ? [...reached.leftOut, row.id] : reached.leftOut;
      reached = { after: row.id, time: row.timestamp, leftOut: stillToCome };
      yield { row: passedOver ? null : row, reached };
    }
    if (stretch.rows.length < STRETCH) return;
    position = stretch.position;
  }
}

/** Null when retention has freed it. */
function storedRow(reader: Reader, id: string): RequestRow | null {
  try {
    return reader.walk({ kind: 'all' }, reader.position(id) - 1, 1).rows[0] ?? null;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

function isOpen({ state }: RequestRow): boolean {
  return state === 'open';
}
