import type { RequestSummary } from '../../../model/request.js';
import { inSight, type Motion, moved, scrolled, wheeled } from './cursor.js';
import type { LoadedRows } from './loaded-rows.js';
import { back, openCalls, show } from './navigation.js';
import { along, grew, type Viewport, withCursor } from './place.js';
import type { Prompt } from './prompt.js';
import { arranged, asked, next, nextSort, toggleSideCalls } from './query.js';
import { counted, readMore, toNewest, toStart, withLastRows, withRows } from './rows.js';
import {
  type CallsChoice,
  type Link,
  type Notice,
  type PanelState,
  type Query,
  SECTIONS,
  type SegmentFilter,
  tableOf,
  VIEWS,
  type View,
} from './state.js';

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
  | { type: 'sourceText'; only: SegmentFilter }
  | { type: 'link'; link: Link }
  | { type: 'linkText'; only: SegmentFilter }
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
    case 'read':
      return withRows(state, action.loaded);
    case 'failed':
      return { ...state, failure: action.reason, notice: { tone: 'bad', text: action.reason } };
    case 'counted':
      return counted({ ...state, hiddenSideCalls: action.hiddenSideCalls }, action.total);
    case 'readEnd':
      return withLastRows(state, action.loaded, action.height);
    case 'readMore':
      return readMore(state, action.side, action.rows);
  }
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
