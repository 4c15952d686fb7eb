import type { LaidOut } from '../lines/document.js';
import { type Commands, say } from './commands.js';
import { viewportOf } from './viewport-of.js';

/**
 * Looks for a text in what scrolls, on from the last place, and from the other end when there is none before that.
 * @param given nothing ends the search
 */
export function find({ store, size, views, text }: Commands, given: string | undefined, by: 1 | -1): void {
  const state = store.current();
  if (text === null || given === undefined) {
    if (state.find !== null) store.dispatch({ type: 'back' });
    return;
  }
  const isSame = state.find?.text === given;
  const from = (isSame ? state.find?.line : null) ?? (by === 1 ? state.scroll - 1 : state.scroll + 1);
  const line = nextLine(text, given, from, by);
  store.dispatch({ type: 'find', text: given, line, viewport: viewportOf(state, size, views, text) });
  if (line === null) say(store, 'bad', `"${given}" is not in this text.`);
}

/** Letter case does not matter; text that is broken over lines is not found. */
function nextLine({ lines }: LaidOut, wanted: string, from: number, by: 1 | -1): number | null {
  const found = lines.flatMap((line, index) =>
    line
      .map((run) => run.text)
      .join('')
      .toLowerCase()
      .includes(wanted.toLowerCase())
      ? [index]
      : [],
  );
  const next = by === 1 ? found.find((index) => index > from) : found.findLast((index) => index < from);
  return next ?? (by === 1 ? found[0] : found.at(-1)) ?? null;
}
