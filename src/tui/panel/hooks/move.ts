import { inSight, type Motion } from '../state/cursor.js';
import type { Commands } from './commands.js';
import { viewportOf } from './viewport-of.js';

/** Lines of one step of the wheel. */
export const WHEEL_LINES = 3;

/** Selects the next line that leads to a source, unless it is more than a screen away. @returns whether there is one */
function moveToLink(commands: Commands, motion: Motion): boolean {
  const { store, text } = commands;
  const { view, help, prompt, link, scroll } = store.current();
  const isText = view === 'request' && !help && prompt === null && text !== null;
  if (!isText || (motion !== 'up' && motion !== 'down')) return false;
  const { height } = viewportOf(commands, store.current());
  const isInSight = link !== null && link.line >= scroll && link.line < scroll + height;
  const from = isInSight ? link.line : motion === 'down' ? scroll - 1 : scroll + height;
  const leads = (line: number) => text.lines[line]?.only !== undefined;
  const lines = Array.from({ length: height }, (_, index) => from + (motion === 'down' ? index + 1 : -index - 1));
  const line = lines.find(leads);
  if (line === undefined) return false;
  const shown = inSight({ selected: line, top: scroll }, text.lines.length, height);
  store.dispatch({ type: 'link', link: { line, scroll: shown.top } });
  return true;
}

/** Enter on such a line. @returns whether one is selected */
export function openLink({ store, text }: Commands): boolean {
  const { view, help, link } = store.current();
  const only = view === 'request' && !help && link !== null ? text?.lines[link.line]?.only : undefined;
  if (only === undefined) return false;
  store.dispatch({ type: 'linkText', only });
  return true;
}

/** The ends of the list may have to be read first. */
export function move(commands: Commands, motion: Motion): void {
  if (moveToLink(commands, motion)) return;
  const { store, toEnd } = commands;
  const state = store.current();
  const { offset, total, rows } = state.loaded;
  const isList = state.view === 'requests' && !state.help && state.prompt === null;
  if (isList && motion === 'first' && offset > 0) store.dispatch({ type: 'toStart' });
  else if (isList && motion === 'last' && (total === null || offset + rows.length < total)) toEnd();
  else store.dispatch({ type: 'move', motion, viewport: viewportOf(commands, state) });
  settle(commands);
}

export function wheel(commands: Commands, by: 1 | -1): void {
  const { store } = commands;
  store.dispatch({ type: 'wheel', lines: by * WHEEL_LINES, viewport: viewportOf(commands, store.current()) });
  settle(commands);
}

/** More than any screen takes. */
const MAX_STEPS = 100;

/**
 * Brings the selected row into sight. The lines of prompts among the rows that come into sight leave less room for rows, so it
 * takes some steps; all of them are done before the next frame.
 */
export function settle(commands: Commands): void {
  const { store } = commands;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const state = store.current();
    store.dispatch({ type: 'resized', viewport: viewportOf(commands, state) });
    if (store.current() === state) return;
  }
}

/** Scrolls to the next or previous piece of the text. */
export function toHeading({ store, text }: Commands, by: 1 | -1): void {
  if (text === null) return;
  const { scroll } = store.current();
  const to = by === 1 ? text.starts.find((start) => start > scroll) : text.starts.findLast((start) => start < scroll);
  if (to !== undefined) store.dispatch({ type: 'scroll', to });
}
