import { type Cursor, moved } from './cursor.js';
import { type PanelState, type Table, tableOf } from './state.js';

/** The number of rows or lines of the view, and how many of them are on the screen. */
export interface Viewport {
  count: number;
  height: number;
}

/** Moves through the rows that a prompt offers, through the table, or through the text. */
export function along(
  state: PanelState,
  ofRows: (cursor: Cursor) => Cursor,
  ofText: (top: number) => number,
): PanelState {
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
export function grew(state: PanelState, from: Viewport | null, to: Viewport): PanelState {
  if (state.view === 'context') {
    const { context } = state.cursors;
    const wasLast = context.selected >= (from ?? to).count - 1;
    return wasLast ? withCursor(state, 'context', moved(context, 'last', to.count, to.height)) : state;
  }
  const wasAtEnd = from === null || state.scroll >= from.count - from.height;
  return wasAtEnd ? { ...state, scroll: Math.max(0, to.count - to.height) } : state;
}

export function withCursor(state: PanelState, table: Table, cursor: Cursor): PanelState {
  if (isSame(cursor, state.cursors[table])) return state;
  return { ...state, cursors: { ...state.cursors, [table]: cursor } };
}

function isSame(one: Cursor, other: Cursor): boolean {
  return one.selected === other.selected && one.top === other.top;
}
