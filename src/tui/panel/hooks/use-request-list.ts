import { type Dispatch, useEffect } from 'react';
import { explainError } from '../../../text/store-error.js';
import type { PanelData } from '../data/panel-data.js';
import { countMatches, readAround, readEnd, readMore } from '../data/read-rows.js';
import { type LoadedRows, missing } from '../state/loaded-rows.js';
import type { Action } from '../state/reducer.js';
import type { PanelState } from '../state/state.js';
import { AFTER_FRAME_MS, useDeferred } from './use-deferred.js';

const NOTHING_CAPTURED: LoadedRows = { rows: [], offset: 0, total: 0 };
const NOT_COUNTED = { total: null, hiddenSideCalls: 0 };

/**
 * Loads the rows of the list and some around them. A page takes some milliseconds, so the rows on the screen are read
 * at once; those around them, and the number of matches, after the frame.
 * @param height of the list, in rows
 * @returns goes to the last row
 */
export function useRequestList(
  data: PanelData,
  version: number,
  state: PanelState,
  height: number,
  dispatch: Dispatch<Action>,
): () => void {
  const { query, loaded, cursors } = state;
  const { top } = cursors.requests;

  function attempt(work: () => Action | null): void {
    try {
      const action = work();
      if (action !== null) dispatch(action);
    } catch (error) {
      dispatch({ type: 'failed', reason: explainError(error) });
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: only another query or new data is a reason to read again
  useEffect(() => {
    attempt(() => {
      const read = data.ask((reader) => readAround(reader, query, loaded, top, height));
      return { type: 'read', loaded: read ?? NOTHING_CAPTURED };
    });
  }, [query, version]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is missing depends only on these
  useEffect(() => {
    const side = missing(loaded, top, height);
    if (side === null) return;
    const read = () =>
      attempt(() => {
        const rows = data.ask((reader) => readMore(reader, query, loaded, side));
        return rows && { type: 'readMore', side, rows };
      });
    if (missing(loaded, top, height, 0) !== null) {
      read();
      return;
    }
    const timer = setTimeout(read, AFTER_FRAME_MS);
    return () => clearTimeout(timer);
  }, [loaded, top, height]);

  const counted = useDeferred(JSON.stringify(query), version, () => data.ask((reader) => countMatches(reader, query)));
  const { total, hiddenSideCalls } = counted.value ?? NOT_COUNTED;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new query has forgotten the total
  useEffect(() => {
    if (total !== null) dispatch({ type: 'counted', total, hiddenSideCalls });
  }, [total, hiddenSideCalls, query, dispatch]);

  return () =>
    attempt(() => {
      const end = data.ask((reader) => readEnd(reader, query, loaded.total));
      return end && { type: 'readEnd', loaded: end, height };
    });
}
