import type { Key } from 'ink';
import { useCallback, useRef } from 'react';
import { describeError } from '../../../format/describe-error.js';
import { inPager, readableBody } from '../data/pager.js';
import { PASTED } from '../pastes.js';
import type { Motion } from '../state/cursor.js';
import { type Intent, intentOf } from '../state/keys.js';
import { currentId } from '../state/state.js';
import { type Commands, rated, say, tell, undone } from './commands.js';
import { extentOf } from './extent-of.js';
import { answer, ask } from './prompt-commands.js';

/** What keys do: some change what is shown, others rate, copy, or leave. */
export function useCommands(commands: Commands): (input: string, key: Key) => void {
  // A key may come between a frame and the effects that follow it: it means what the frame shows.
  const latest = useRef(commands);
  latest.current = commands;
  return useCallback((input, key) => press(latest.current, input, key), []);
}

function press(commands: Commands, input: string, key: Key): void {
  // Of a key that was pressed when the child still had the keyboard, in the mode that the child had asked for.
  if (key.eventType === 'release') return;
  const { current, dispatch } = commands.store;
  const { prompt, notice } = current();
  const intent = intentOf(input, key);
  if (input.startsWith(PASTED)) {
    if (prompt !== null) answer(commands, prompt, input.slice(PASTED.length), key);
    else say(commands.store, 'dim', 'Pasted text goes into a line that is being typed: / searches, c comments.');
  } else if (prompt !== null) {
    answer(commands, prompt, input, key);
  } else if (intent === null && input.length > 1) {
    // Keys that were typed quickly come together, and each may change what the next one means.
    for (const each of input) press(commands, each, key);
  } else {
    if (notice !== null) dispatch({ type: 'notice', notice: null });
    if (intent !== null) obey(commands, intent);
  }
}

function obey(commands: Commands, intent: Intent): void {
  const { data, store, host } = commands;
  const state = store.current();
  const id = currentId(state);
  switch (intent.type) {
    case 'move':
      move(commands, intent.motion);
      break;
    case 'section':
      if (state.view === 'request') store.dispatch(intent);
      break;
    case 'heading':
      toHeading(commands, intent.by);
      break;
    case 'open':
      open(commands);
      break;
    case 'ask':
      ask(commands, intent.kind);
      break;
    case 'rate':
      if (id !== null) tell(commands, () => rated(data.rater.rate(id, intent.rating)));
      break;
    case 'undo':
      tell(commands, () => undone(data.rater.undo()));
      break;
    case 'copy':
      copy(commands, intent.what, id);
      break;
    case 'page':
      if (id !== null) page(commands, id);
      break;
    case 'zoom':
      host.zoom();
      break;
    case 'quit':
      host.leave();
      break;
    default:
      store.dispatch(intent);
  }
}

/** The ends of a list that is not loaded whole have to be read first. */
function move({ store, size, views, text, toEnd }: Commands, motion: Motion): void {
  const state = store.current();
  const { offset, total, rows } = state.stretch;
  const isList = state.view === 'requests' && !state.help;
  if (isList && motion === 'first' && offset > 0) store.dispatch({ type: 'toStart' });
  else if (isList && motion === 'last' && (total === null || offset + rows.length < total)) toEnd();
  else store.dispatch({ type: 'move', motion, extent: extentOf(state, size, views, text) });
}

/** What is selected: a request whole, or the requests of a source or session. */
function open({ store: { current, dispatch }, views }: Commands): void {
  const state = current();
  const { view, cursors } = state;
  if (state.help) dispatch({ type: 'help' });
  else if (view === 'requests' && currentId(state) !== null) dispatch({ type: 'view', view: 'request' });
  const source = view === 'sources' ? views.sources.value?.rows[cursors.sources.selected]?.key : undefined;
  if (source) dispatch({ type: 'query', change: { source } });
  const session = view === 'sessions' ? views.sessions.value?.[cursors.sessions.selected] : undefined;
  if (session) dispatch({ type: 'query', change: { sessionId: session.id } });
}

function toHeading({ store, text }: Commands, by: 1 | -1): void {
  if (text === null) return;
  const { scroll } = store.current();
  const to = by === 1 ? text.starts.find((start) => start > scroll) : text.starts.findLast((start) => start < scroll);
  if (to !== undefined) store.dispatch({ type: 'scroll', to });
}

function copy({ text, host, store }: Commands, what: 'id' | 'text', id: string | null): void {
  const lines = text?.lines.map((line) => line.map((run) => run.text).join('')).join('\n');
  const copied = what === 'text' ? (lines ?? id) : id;
  if (copied === null) return;
  host.copy(copied);
  say(store, 'good', what === 'text' && lines ? 'copied what is shown' : `copied ${copied}`);
}

function page({ data, host, store }: Commands, id: string): void {
  host
    .lend(async () => {
      const body = data.ask((reader) => readableBody(reader, id));
      if (body !== null) await inPager(body);
    })
    .catch((error) => say(store, 'bad', describeError(error)));
}
