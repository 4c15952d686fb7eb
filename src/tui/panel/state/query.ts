import { REQUEST_SORTS } from '../../../store/index.js';
import { AT_TOP } from './cursor.js';
import { NOTHING_LOADED } from './loaded-rows.js';
import { withCursor } from './place.js';
import {
  CALL_SORTS,
  type PanelState,
  type Query,
  SERVER_SORTS,
  SESSION_SORTS,
  SOURCE_SORTS,
  smallTableOf,
} from './state.js';

/** Another query, from its first row. */
export function asked(state: PanelState, change: Partial<Query>): PanelState {
  return {
    ...state,
    view: 'requests',
    help: false,
    find: null,
    query: { ...state.query, ...change },
    loaded: NOTHING_LOADED,
    hiddenSideCalls: 0,
    failure: null,
    cursors: { ...state.cursors, requests: AT_TOP },
    breakdown: { ...state.breakdown, isFocused: false },
    notice: null,
  };
}

export function nextSort(state: PanelState): PanelState {
  const table = smallTableOf(state);
  if (table === null) return asked(state, { sort: next(REQUEST_SORTS, state.query.sort, 1) });
  const sorts: readonly string[] = SORTS[table];
  return arranged(state, { sort: next(sorts, state[table].sort, 1) });
}

const SORTS = { sources: SOURCE_SORTS, sessions: SESSION_SORTS, servers: SERVER_SORTS, calls: CALL_SORTS } as const;

export function toggleSideCalls(state: PanelState): PanelState {
  const sideCalls = state.query.sideCalls === 'shown' ? undefined : 'shown';
  const text = `Side calls are ${sideCalls ?? 'hidden'}.`;
  return { ...asked(state, { sideCalls }), notice: { tone: 'dim', text } };
}

/** Another filter or order of a small table, from its first row. */
export function arranged(state: PanelState, change: { text?: string | undefined; sort?: string }): PanelState {
  const table = smallTableOf(state);
  if (table === null) return state;
  return withCursor({ ...state, [table]: { ...state[table], ...change }, notice: null }, table, AT_TOP);
}

/** The next of some choices; the first comes after the last. */
export function next<Item>(items: readonly Item[], current: Item, by: number): Item {
  const index = (items.indexOf(current) + by + items.length) % items.length;
  return items[index] ?? current;
}
