import type { RequestSummary } from '../../../model/request.js';
import { AT_TOP, inSight } from './cursor.js';
import { countOf, followed, type LoadedRows, NOTHING_LOADED, withAfter, withBefore } from './loaded-rows.js';
import { withCursor } from './place.js';
import { type PanelState, selectedId } from './state.js';

/** The requests of the query as they were read; the cursor stays on its request. */
export function withRows(state: PanelState, loaded: LoadedRows): PanelState {
  // An opened request stays selected when newer ones arrive.
  const isHeld = state.view === 'request' && state.opened === selectedId(state);
  const cursor = followed(state.loaded, state.cursors.requests, loaded, isHeld);
  const read = withCursor({ ...state, loaded, failure: null }, 'requests', cursor);
  return read.view === 'request' ? { ...read, opened: read.opened ?? selectedId(read) } : read;
}

/** The last requests of the query, with the cursor on the last. @param height rows on the screen */
export function withLastRows(state: PanelState, loaded: LoadedRows, height: number): PanelState {
  const count = countOf(loaded);
  const cursor = inSight({ selected: count - 1, top: count - height }, count, height);
  return withCursor({ ...state, loaded }, 'requests', cursor);
}

export function readMore(state: PanelState, side: 'before' | 'after', rows: readonly RequestSummary[]): PanelState {
  if (side === 'after') return { ...state, loaded: withAfter(state.loaded, rows) };
  const { loaded, shift } = withBefore(state.loaded, rows);
  const { selected, top } = state.cursors.requests;
  return withCursor({ ...state, loaded }, 'requests', { selected: selected + shift, top: Math.max(0, top + shift) });
}

/** New rows above the loaded ones move them down. */
export function counted(state: PanelState, total: number): PanelState {
  const { loaded, cursors } = state;
  const shift = loaded.total === null || loaded.offset === 0 ? 0 : total - loaded.total;
  const offset = Math.max(0, loaded.offset + shift);
  const { selected, top } = cursors.requests;
  return withCursor({ ...state, loaded: { ...loaded, offset, total } }, 'requests', {
    selected: Math.max(0, selected + shift),
    top: Math.max(0, top + shift),
  });
}

export function toNewest(state: PanelState): PanelState {
  return state.loaded.offset > 0 ? toStart(state) : withCursor(state, 'requests', AT_TOP);
}

/** Reads the query again from its first row. */
export function toStart(state: PanelState): PanelState {
  const { query, loaded, cursors } = state;
  return {
    ...state,
    query: { ...query },
    loaded: { ...NOTHING_LOADED, total: loaded.total },
    cursors: { ...cursors, requests: AT_TOP },
  };
}
