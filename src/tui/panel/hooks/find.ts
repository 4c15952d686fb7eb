import { textOf } from '../../../text/line.js';
import type { LaidOut } from '../lines/document.js';
import { type Commands, say } from './commands.js';
import { viewportOf } from './viewport-of.js';

/**
 * Goes to the next match in the text that scrolls, and at its end to the first one.
 * @param given undefined ends the search
 */
export function find(commands: Commands, given: string | undefined, by: 1 | -1): void {
  const { store, text } = commands;
  const state = store.current();
  if (text === null || given === undefined) {
    if (state.find !== null) store.dispatch({ type: 'back' });
    return;
  }
  const isSame = state.find?.text === given;
  const from = (isSame ? state.find?.line : null) ?? (by === 1 ? state.scroll - 1 : state.scroll + 1);
  const line = nextLine(text, given, from, by);
  store.dispatch({ type: 'find', text: given, line, viewport: viewportOf(commands, state) });
  if (line === null) say(store, 'bad', `"${given}" is not in this text.`);
}

/** Ignores letter case. A match across two lines is not found. */
function nextLine({ lines }: LaidOut, wanted: string, from: number, by: 1 | -1): number | null {
  const found = lines.flatMap((line, index) =>
    textOf(line).toLowerCase().includes(wanted.toLowerCase()) ? [index] : [],
  );
  const next = by === 1 ? found.find((index) => index > from) : found.findLast((index) => index < from);
  return next ?? (by === 1 ? found[0] : found.at(-1)) ?? null;
}
