import { AT_END, AT_TOP } from './cursor.js';
import { withCursor } from './place.js';
import { arranged, asked } from './query.js';
import {
  ALL_SERVERS,
  type CallsChoice,
  isFiltered,
  type PanelState,
  type Query,
  selectedConversation,
  selectedId,
  smallTableOf,
  type View,
} from './state.js';

export function show(state: PanelState, view: View): PanelState {
  if (view === 'mcp' && view === state.view && !state.help)
    return { ...state, mcp: ALL_SERVERS, scroll: 0, find: null };
  if (view === state.view) return state.help ? { ...state, help: false, scroll: 0, find: null } : state;
  const opened = view === 'request' ? selectedId(state) : state.opened;
  const section = view === 'request' ? 'overview' : state.section;
  const shown: PanelState = {
    ...state,
    view,
    opened,
    section,
    openedFrom: 'requests',
    mcp: view === 'mcp' ? ALL_SERVERS : state.mcp,
    only: null,
    link: null,
    help: false,
    scroll: 0,
    find: null,
  };
  if (view !== 'context') return shown;
  return withCursor({ ...shown, conversation: selectedConversation(state) }, 'context', AT_END);
}

/** Calls, from their first row; Esc leads back to where they were asked for. */
export function openCalls(state: PanelState, calls: CallsChoice): PanelState {
  const from = state.view === 'mcp' ? null : state.view;
  const shown = state.view === 'mcp' ? state : show(state, 'mcp');
  const opened: PanelState = {
    ...shown,
    // What it was stays known for the way back.
    only: state.only,
    openedFrom: state.openedFrom,
    mcp: { calls, call: null, from },
    calls: { sort: 'time' },
    notice: null,
  };
  return withCursor(opened, 'calls', AT_TOP);
}

const NO_FILTER: Partial<Query> = { text: undefined, source: undefined, status: undefined, sessionId: undefined };

/** Leaves the search, else the help, else the view, else the breakdown, else the filters. */
export function back(state: PanelState): PanelState {
  if (state.find !== null) return { ...state, find: null };
  if (state.help) return { ...state, help: false, scroll: 0 };
  const table = smallTableOf(state);
  if (table !== null && state[table].text !== undefined) return arranged(state, { text: undefined });
  if (state.view === 'mcp' && (state.mcp.call ?? state.mcp.calls) !== null) return backInMcp(state);
  if (state.view === 'request' && state.only !== null && state.link !== null) {
    return { ...state, section: 'overview', only: null, scroll: state.link.scroll };
  }
  if (state.view === 'request') return { ...state, view: state.openedFrom, only: null, scroll: 0 };
  if (state.view !== 'requests') return { ...state, view: 'requests', only: null, scroll: 0 };
  if (state.breakdown.isFocused) return { ...state, breakdown: { ...state.breakdown, isFocused: false } };
  return isFiltered(state.query) ? asked(state, NO_FILTER) : state;
}

/** From a call to the calls, and from these to the servers or to the view that led here. */
function backInMcp(state: PanelState): PanelState {
  const { call, calls, from } = state.mcp;
  if (call !== null) return { ...state, mcp: { ...state.mcp, call: null }, scroll: 0 };
  if (from === null) return { ...state, mcp: ALL_SERVERS, scroll: 0 };
  const back: PanelState = { ...state, view: from, mcp: ALL_SERVERS, scroll: 0 };
  // Another request may have been opened from a call.
  if (from !== 'request' || calls?.requestId === undefined || state.openedFrom !== 'mcp') return back;
  return { ...back, opened: calls.requestId, openedFrom: 'requests' };
}
