import type { RequestSummary } from '../../../model/request.js';
import { REQUEST_SORTS } from '../../../store/index.js';
import { AT_END, AT_TOP, type Cursor, inSight, type Motion, moved, scrolled, wheeled } from './cursor.js';
import { countOf, followed, type LoadedRows, NOTHING_LOADED, withAfter, withBefore } from './loaded-rows.js';
import type { Prompt } from './prompt.js';
import {
  ALL_SERVERS,
  CALL_SORTS,
  type CallsChoice,
  isFiltered,
  type Link,
  type Notice,
  type Only,
  type PanelState,
  type Query,
  SECTIONS,
  SERVER_SORTS,
  SESSION_SORTS,
  SOURCE_SORTS,
  selectedConversation,
  selectedId,
  smallTableOf,
  type Table,
  tableOf,
  VIEWS,
  type View,
} from './state.js';

/** The number of rows or lines of the view, and how many of them are on the screen. */
export interface Viewport {
  count: number;
  height: number;
}

export type Action =
  | { type: 'move'; motion: Motion; viewport: Viewport }
  | { type: 'resized'; viewport: Viewport }
  | { type: 'view'; view: View }
  | { type: 'openRequest'; id: string }
  | { type: 'openCalls'; calls: CallsChoice }
  | { type: 'openCall'; id: string }
  | { type: 'turn'; by: 1 | -1 }
  | { type: 'section'; by: number }
  | { type: 'select'; index: number }
  | { type: 'wheel'; lines: number; viewport: Viewport }
  | { type: 'focus'; isFocused: boolean }
  | { type: 'sourceRow'; key: string; top: number }
  | { type: 'fold'; key: string; isOpen: boolean }
  | { type: 'sourceText'; only: Only }
  | { type: 'link'; link: Link }
  | { type: 'linkText'; only: Only }
  | { type: 'scroll'; to: number }
  | { type: 'grew'; from: Viewport | null; to: Viewport }
  | { type: 'back' }
  | { type: 'help' }
  | { type: 'query'; change: Partial<Query> }
  | { type: 'nextSort' }
  | { type: 'toggleSideCalls' }
  | { type: 'filterTable'; text: string | undefined }
  | { type: 'find'; text: string; line: number | null; viewport: Viewport }
  | { type: 'follow' }
  | { type: 'prompt'; prompt: Prompt | null }
  | { type: 'notice'; notice: Notice | null }
  | { type: 'toStart' }
  | { type: 'read'; loaded: LoadedRows }
  | { type: 'failed'; reason: string }
  | { type: 'counted'; total: number; hiddenSideCalls: number }
  | { type: 'readEnd'; loaded: LoadedRows; height: number }
  | { type: 'readMore'; side: 'before' | 'after'; rows: readonly RequestSummary[] };

export function reduce(state: PanelState, action: Action): PanelState {
  switch (action.type) {
    case 'move':
      return along(
        state,
        (cursor) => moved(cursor, action.motion, action.viewport.count, action.viewport.height),
        (top) => scrolled(top, action.motion, action.viewport.count, action.viewport.height),
      );
    case 'resized':
      return along(
        state,
        // Without rows yet, the cursor waits for them.
        (cursor) =>
          action.viewport.count === 0 ? cursor : inSight(cursor, action.viewport.count, action.viewport.height),
        (top) => top,
      );
    case 'view':
      return show(state, action.view);
    case 'openRequest':
      return { ...show(state, 'request'), opened: action.id, openedFrom: state.view === 'mcp' ? 'mcp' : 'context' };
    case 'openCalls':
      return openCalls(state, action.calls);
    case 'openCall':
      return { ...state, mcp: { ...state.mcp, call: action.id }, scroll: 0, find: null };
    case 'turn':
      return show(state, next(VIEWS, state.view, action.by));
    case 'section':
      return {
        ...state,
        section: next(SECTIONS, state.section, action.by),
        only: null,
        link: null,
        scroll: 0,
        find: null,
      };
    case 'focus':
      return { ...state, breakdown: { ...state.breakdown, isFocused: action.isFocused } };
    case 'sourceRow':
      return { ...state, breakdown: { ...state.breakdown, key: action.key, top: action.top } };
    case 'fold':
      return { ...state, folds: { ...state.folds, [action.key]: action.isOpen } };
    case 'link':
      return { ...state, link: action.link, scroll: action.link.scroll };
    case 'linkText':
      return { ...state, section: 'segments', only: action.only, scroll: 0, find: null };
    case 'sourceText':
      return { ...show(state, 'request'), section: 'segments', only: action.only };
    case 'select': {
      const table = tableOf(state);
      return table === null ? state : withCursor(state, table, { ...state.cursors[table], selected: action.index });
    }
    case 'wheel':
      return along(
        state,
        (cursor) => wheeled(cursor, action.lines, action.viewport.count, action.viewport.height),
        (top) => Math.max(0, Math.min(top + action.lines, action.viewport.count - action.viewport.height)),
      );
    case 'scroll':
      return { ...state, scroll: action.to };
    case 'grew':
      return grew(state, action.from, action.to);
    case 'back':
      return back(state);
    case 'help':
      return { ...state, help: !state.help, scroll: 0, find: null };
    case 'query':
      return asked(state, action.change);
    case 'nextSort':
      return nextSort(state);
    case 'toggleSideCalls':
      return toggleSideCalls(state);
    case 'filterTable':
      return arranged(state, { text: action.text });
    case 'find':
      return found(state, action);
    case 'follow':
      return toNewest({ ...state, breakdown: { ...state.breakdown, isFocused: false } });
    case 'prompt':
      return { ...state, prompt: action.prompt };
    case 'notice':
      return { ...state, notice: action.notice };
    case 'toStart':
      return toStart(state);
    case 'read': {
      // An opened request stays selected when newer ones arrive.
      const isHeld = state.view === 'request' && state.opened === selectedId(state);
      const cursor = followed(state.loaded, state.cursors.requests, action.loaded, isHeld);
      const read = withCursor({ ...state, loaded: action.loaded, failure: null }, 'requests', cursor);
      return read.view === 'request' ? { ...read, opened: read.opened ?? selectedId(read) } : read;
    }
    case 'failed':
      return { ...state, failure: action.reason, notice: { tone: 'bad', text: action.reason } };
    case 'counted':
      return counted({ ...state, hiddenSideCalls: action.hiddenSideCalls }, action.total);
    case 'readEnd': {
      const count = countOf(action.loaded);
      const cursor = inSight({ selected: count - 1, top: count - action.height }, count, action.height);
      return withCursor({ ...state, loaded: action.loaded }, 'requests', cursor);
    }
    case 'readMore':
      return readMore(state, action.side, action.rows);
  }
}

/** Moves through the rows that a prompt offers, through the table, or through the text. */
function along(state: PanelState, ofRows: (cursor: Cursor) => Cursor, ofText: (top: number) => number): PanelState {
  const { cursors, scroll, prompt } = state;
  const table = tableOf(state);
  if (prompt?.cursor) {
    const cursor = ofRows(prompt.cursor);
    return isSame(cursor, prompt.cursor) ? state : { ...state, prompt: { ...prompt, cursor } };
  }
  if (table !== null && !state.help) return withCursor(state, table, ofRows(cursors[table]));
  const to = ofText(scroll);
  return to === scroll ? state : { ...state, scroll: to };
}

/** The end of a text, or of a conversation, stays in sight if it was, and for a new one. */
function grew(state: PanelState, from: Viewport | null, to: Viewport): PanelState {
  if (state.view === 'context') {
    const { context } = state.cursors;
    const wasLast = context.selected >= (from ?? to).count - 1;
    return wasLast ? withCursor(state, 'context', moved(context, 'last', to.count, to.height)) : state;
  }
  const wasAtEnd = from === null || state.scroll >= from.count - from.height;
  return wasAtEnd ? { ...state, scroll: Math.max(0, to.count - to.height) } : state;
}

function isSame(one: Cursor, other: Cursor): boolean {
  return one.selected === other.selected && one.top === other.top;
}

function withCursor(state: PanelState, table: Table, cursor: Cursor): PanelState {
  if (isSame(cursor, state.cursors[table])) return state;
  return { ...state, cursors: { ...state.cursors, [table]: cursor } };
}

function show(state: PanelState, view: View): PanelState {
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
function openCalls(state: PanelState, calls: CallsChoice): PanelState {
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
function back(state: PanelState): PanelState {
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

/** Another query, from its first row. */
function asked(state: PanelState, change: Partial<Query>): PanelState {
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

function nextSort(state: PanelState): PanelState {
  const table = smallTableOf(state);
  if (table === null) return asked(state, { sort: next(REQUEST_SORTS, state.query.sort, 1) });
  const sorts: readonly string[] = SORTS[table];
  return arranged(state, { sort: next(sorts, state[table].sort, 1) });
}

const SORTS = { sources: SOURCE_SORTS, sessions: SESSION_SORTS, servers: SERVER_SORTS, calls: CALL_SORTS } as const;

function toggleSideCalls(state: PanelState): PanelState {
  const sideCalls = state.query.sideCalls === 'shown' ? undefined : 'shown';
  const text = `Side calls are ${sideCalls ?? 'hidden'}.`;
  return { ...asked(state, { sideCalls }), notice: { tone: 'dim', text } };
}

/** Another filter or order of a small table, from its first row. */
function arranged(state: PanelState, change: { text?: string | undefined; sort?: string }): PanelState {
  const table = smallTableOf(state);
  if (table === null) return state;
  return withCursor({ ...state, [table]: { ...state[table], ...change }, notice: null }, table, AT_TOP);
}

/** Scrolls so that the match is a third from the top. */
function found(
  state: PanelState,
  { text, line, viewport: { count, height } }: Extract<Action, { type: 'find' }>,
): PanelState {
  const find = { text, line };
  if (line === null) return { ...state, find };
  return { ...state, find, scroll: Math.max(0, Math.min(line - Math.floor(height / 3), count - height)) };
}

function toNewest(state: PanelState): PanelState {
  return state.loaded.offset > 0 ? toStart(state) : withCursor(state, 'requests', AT_TOP);
}

/** The same query, read again from its first row. */
function toStart(state: PanelState): PanelState {
  const { query, loaded, cursors } = state;
  return {
    ...state,
    query: { ...query },
    loaded: { ...NOTHING_LOADED, total: loaded.total },
    cursors: { ...cursors, requests: AT_TOP },
  };
}

/** New rows above the loaded ones move them down. */
function counted(state: PanelState, total: number): PanelState {
  const { loaded, cursors } = state;
  const shift = loaded.total === null || loaded.offset === 0 ? 0 : total - loaded.total;
  const offset = Math.max(0, loaded.offset + shift);
  const { selected, top } = cursors.requests;
  return withCursor({ ...state, loaded: { ...loaded, offset, total } }, 'requests', {
    selected: Math.max(0, selected + shift),
    top: Math.max(0, top + shift),
  });
}

function readMore(state: PanelState, side: 'before' | 'after', rows: readonly RequestSummary[]): PanelState {
  if (side === 'after') return { ...state, loaded: withAfter(state.loaded, rows) };
  const { loaded, shift } = withBefore(state.loaded, rows);
  const { selected, top } = state.cursors.requests;
  return withCursor({ ...state, loaded }, 'requests', { selected: selected + shift, top: Math.max(0, top + shift) });
}

function next<Item>(items: readonly Item[], current: Item, by: number): Item {
  const index = (items.indexOf(current) + by + items.length) % items.length;
  return items[index] ?? current;
}
