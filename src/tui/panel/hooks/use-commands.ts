import type { Key } from 'ink';
import { useCallback, useRef } from 'react';
import { textOf } from '../../../text/line.js';
import { explainError } from '../../../text/store-error.js';
import { printableLine } from '../../../text/text.js';
import { inPager, readableBody } from '../data/pager.js';
import { PASTED } from '../pastes.js';
import type { Motion } from '../state/cursor.js';
import { type Intent, intentOf } from '../state/keys.js';
import type { PromptKind } from '../state/prompt.js';
import { isTable } from '../state/reducer.js';
import { showsText, visibleId } from '../state/state.js';
import { type Commands, rate, say, undo } from './commands.js';
import { find } from './find.js';
import { answer, ask } from './prompt-commands.js';
import {
  moveInBreakdown,
  openInBreakdown,
  openInSources,
  pickInBreakdown,
  sourceAt,
  stepInTree,
} from './tree-commands.js';
import { viewportOf } from './viewport-of.js';

/** Lines of one step of the wheel. */
const WHEEL_LINES = 3;

/** Handles the keys. */
export function useCommands(commands: Commands): (input: string, key: Key) => void {
  // A key may come between a frame and its effects. It refers to what the frame shows.
  const latest = useRef(commands);
  latest.current = commands;
  return useCallback((input, key) => press(latest.current, input, key), []);
}

function press(commands: Commands, input: string, key: Key): void {
  // The key was pressed while the child had the keyboard, in a mode that reports releases.
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
    // Keys that were typed quickly come together, and each may change the meaning of the next one.
    for (const each of input) press(commands, each, key);
  } else {
    if (notice !== null) dispatch({ type: 'notice', notice: null });
    if (intent !== null) obey(commands, intent);
  }
}

/** Does what a key or the mouse means. */
export function obey(commands: Commands, intent: Intent): void {
  const { data, store, host } = commands;
  const state = store.current();
  const refusal = refusalOf(commands, intent);
  if (refusal !== null) {
    say(store, 'dim', refusal);
    return;
  }
  const id = visibleId(state);
  switch (intent.type) {
    case 'move':
      if (!moveInBreakdown(commands, intent.motion)) move(commands, intent.motion);
      break;
    case 'section':
      if (state.view === 'request') store.dispatch(intent);
      else stepInTree(commands, intent.by);
      break;
    case 'wheel':
      store.dispatch({
        type: 'wheel',
        lines: intent.by * WHEEL_LINES,
        viewport: viewportOf(state, commands.size, commands.views, commands.text),
      });
      break;
    case 'pickSource':
      pickInBreakdown(commands, intent.index);
      break;
    case 'pick':
      if (state.breakdown.isFocused) store.dispatch({ type: 'focus', isFocused: false });
      if (isTable(state.view) && state.cursors[state.view].selected === intent.index) open(commands);
      else store.dispatch({ type: 'select', index: intent.index });
      break;
    case 'heading':
      if (state.find !== null) find(commands, state.find.text, intent.by);
      else toHeading(commands, intent.by);
      break;
    case 'open':
      if (!openInBreakdown(commands)) open(commands);
      break;
    case 'ask':
      ask(commands, intent.kind === 'search' ? searchIn(commands) : intent.kind);
      break;
    case 'rate':
      if (id !== null) rate(commands, () => data.rater.rate(id, intent.rating));
      break;
    case 'undo':
      undo(commands);
      break;
    case 'copy':
      copy(commands, intent.what);
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

/** Keys act on what is on the screen. Returns why a key cannot, or null. */
function refusalOf({ store, hasChild }: Commands, intent: Intent): string | null {
  const state = store.current();
  const { view, help } = state;
  if (intent.type === 'zoom' && !hasChild) return 'z is for a panel beside a command: this one has the whole terminal.';
  if (intent.type === 'heading' && !showsText(state))
    return 'n and p go through a text: Enter opens the request that is selected.';
  if (intent.type === 'section' && help) return LEAVE_HELP;
  if (intent.type === 'section' && (view === 'sessions' || view === 'findings'))
    return '← and → fold sources (1, 3) and go through the sections of one request (2).';
  const isRequest =
    intent.type === 'rate' || intent.type === 'page' || (intent.type === 'ask' && intent.kind === 'comment');
  if (isRequest && visibleId(state) === null)
    return help ? LEAVE_HELP : 'No request is selected here: 1 lists requests.';
  if (intent.type === 'nextSort' && (help || view === 'request' || view === 'findings')) {
    return help ? LEAVE_HELP : 'o changes the order of requests (1), sources (3) and sessions (4).';
  }
  const isFilter = intent.type === 'nextStatus' || (intent.type === 'ask' && intent.kind === 'source');
  if (isFilter && (help || view !== 'requests'))
    return help ? LEAVE_HELP : 'That filters the list of requests: 1 shows it.';
  return null;
}

const LEAVE_HELP = 'Esc leaves the help.';

/** `/` searches all requests, the rows of a table, or the text on the screen. */
function searchIn({ store }: Commands): PromptKind {
  const state = store.current();
  if (showsText(state)) return 'find';
  return state.view === 'requests' ? 'search' : 'filter';
}

/** The ends of the list may have to be read first. */
function move({ store, size, views, text, toEnd }: Commands, motion: Motion): void {
  const state = store.current();
  const { offset, total, rows } = state.loaded;
  const isList = state.view === 'requests' && !state.help;
  if (isList && motion === 'first' && offset > 0) store.dispatch({ type: 'toStart' });
  else if (isList && motion === 'last' && (total === null || offset + rows.length < total)) toEnd();
  else store.dispatch({ type: 'move', motion, viewport: viewportOf(state, size, views, text) });
}

/** Opens the selected request, or lists the requests of the selected source or session. */
function open(commands: Commands): void {
  const { store, views } = commands;
  const { current, dispatch } = store;
  const state = current();
  const { view, cursors } = state;
  if (state.help) {
    dispatch({ type: 'help' });
    return;
  }
  if (view === 'requests' && visibleId(state) !== null) dispatch({ type: 'view', view: 'request' });
  const source = view === 'sources' ? openInSources(commands) : null;
  if (source !== null) dispatch({ type: 'query', change: { source } });
  const session = view === 'sessions' ? views.sessions.value?.[cursors.sessions.selected] : undefined;
  if (session) dispatch({ type: 'query', change: { sessionId: session.id } });
}

function toHeading({ store, text }: Commands, by: 1 | -1): void {
  if (text === null) return;
  const { scroll } = store.current();
  const to = by === 1 ? text.starts.find((start) => start > scroll) : text.starts.findLast((start) => start < scroll);
  if (to !== undefined) store.dispatch({ type: 'scroll', to });
}

function copy(commands: Commands, what: 'id' | 'text'): void {
  const { text, host, store } = commands;
  const lines = text?.lines.map(textOf).join('\n');
  const copied = what === 'text' ? (lines ?? subjectOf(commands)) : subjectOf(commands);
  if (copied === null) {
    say(store, 'dim', 'Nothing is selected here: Y copies the text.');
    return;
  }
  host.copy(copied);
  say(store, 'good', what === 'text' && lines ? 'copied the text' : `copied ${printableLine(copied)}`);
}

/** What `y` copies: the id or name of the selected row, or the setting of the finding at the top. */
function subjectOf(commands: Commands): string | null {
  const { store, views, text } = commands;
  const state = store.current();
  const { view, help, cursors, scroll } = state;
  if (help) return null;
  const source = sourceAt(commands);
  if (source !== null || view === 'sources') return source;
  if (view === 'sessions') return views.sessions.value?.[cursors.sessions.selected]?.id ?? null;
  if (view !== 'findings') return visibleId(state);
  const index = text?.starts.findLastIndex((start) => start <= scroll) ?? -1;
  return views.advice.value?.findings[index]?.settings[0]?.text ?? null;
}

function page({ data, host, store }: Commands, id: string): void {
  host
    .lend(async () => {
      const body = data.ask((reader) => readableBody(reader, id));
      if (body !== null) await inPager(body);
    })
    .catch((error) => say(store, 'bad', explainError(error)));
}
