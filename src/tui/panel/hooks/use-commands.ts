import type { Key } from 'ink';
import type { Dispatch } from 'react';
import { describeError } from '../../../cli/errors.js';
import { formatRating } from '../../../cli/format/units.js';
import type { RatingRow } from '../../../store/index.js';
import { inPager } from '../data/pager.js';
import type { PanelData } from '../data/panel-data.js';
import type { Motion } from '../state/cursor.js';
import { type Intent, intentOf } from '../state/keys.js';
import { edited, type Prompt, type PromptKind } from '../state/prompt.js';
import type { Action, Extent } from '../state/reducer.js';
import { currentId, type Notice, type PanelState } from '../state/state.js';
import type { LaidOut } from '../text/document.js';
import type { Views } from './use-views.js';

/** What the panel asks of the terminal that it is shown on. */
export interface Host {
  leave(): void;
  copy(text: string): void;
  lend(use: () => Promise<void>): Promise<void>;
}

/** All that a key may need. */
export interface Commands {
  data: PanelData;
  state: PanelState;
  extent: Extent;
  views: Views;
  /** What scrolls; null where rows are chosen. */
  text: LaidOut | null;
  host: Host;
  toEnd(): void;
  dispatch: Dispatch<Action>;
}

/** What keys do: some change what is shown, others rate, copy, or leave. */
export function useCommands(commands: Commands): (input: string, key: Key) => void {
  const { state, dispatch } = commands;
  return (input, key) => {
    if (state.prompt !== null) {
      answer(commands, state.prompt, input, key);
      return;
    }
    if (state.notice !== null) dispatch({ type: 'notice', notice: null });
    const whole = intentOf(input, key);
    // Keys that were typed quickly come together.
    const intents = whole === null && input.length > 1 ? Array.from(input, (each) => intentOf(each, key)) : [whole];
    for (const intent of intents) if (intent !== null) obey(commands, intent);
  };
}

function obey(commands: Commands, intent: Intent): void {
  const { data, state, host, dispatch } = commands;
  const id = currentId(state);
  switch (intent.type) {
    case 'move':
      move(commands, intent.motion);
      break;
    case 'section':
      if (state.view === 'request') dispatch(intent);
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
    case 'quit':
      host.leave();
      break;
    default:
      dispatch(intent);
  }
}

/** The ends of a list that is not loaded whole have to be read first. */
function move({ state, extent, toEnd, dispatch }: Commands, motion: Motion): void {
  const { offset, total, rows } = state.stretch;
  const isList = state.view === 'requests' && !state.help;
  if (isList && motion === 'first' && offset > 0) dispatch({ type: 'toStart' });
  else if (isList && motion === 'last' && (total === null || offset + rows.length < total)) toEnd();
  else dispatch({ type: 'move', motion, extent });
}

/** What was done, or why it could not be. */
function tell({ data, dispatch }: Commands, work: () => string): void {
  try {
    say(dispatch, 'good', work());
    data.changed();
  } catch (error) {
    say(dispatch, 'bad', describeError(error));
  }
}

function say(dispatch: Dispatch<Action>, tone: Notice['tone'], text: string): void {
  dispatch({ type: 'notice', notice: { tone, text } });
}

/** `rated +1: req_… (u takes it back)`. */
export function rated({ request_id, rating, feedback_text }: RatingRow): string {
  const comment = feedback_text === null ? '' : ', with a comment';
  return `rated ${formatRating(rating)}${comment}: ${request_id} (u takes it back)`;
}

function undone(id: string | null): string {
  return id === null ? 'Nothing to take back.' : `The rating of ${id} is as it was.`;
}

/** What is selected: a request whole, or the requests of a source or session. */
function open({ state, views, dispatch }: Commands): void {
  const { view, cursors } = state;
  if (state.help) dispatch({ type: 'help' });
  else if (view === 'requests' && currentId(state) !== null) dispatch({ type: 'view', view: 'request' });
  const source = view === 'sources' ? views.sources.value?.rows[cursors.sources.selected]?.key : undefined;
  if (source) dispatch({ type: 'query', change: { source } });
  const session = view === 'sessions' ? views.sessions.value?.[cursors.sessions.selected] : undefined;
  if (session) dispatch({ type: 'query', change: { sessionId: session.id } });
}

function toHeading({ state, text, dispatch }: Commands, by: 1 | -1): void {
  if (text === null) return;
  const to =
    by === 1
      ? text.starts.find((start) => start > state.scroll)
      : text.starts.findLast((start) => start < state.scroll);
  if (to !== undefined) dispatch({ type: 'scroll', to });
}

function copy({ text, host, dispatch }: Commands, what: 'id' | 'text', id: string | null): void {
  const lines = text?.lines.map((line) => line.map((run) => run.text).join('')).join('\n');
  const copied = what === 'text' ? (lines ?? id) : id;
  if (copied === null) return;
  host.copy(copied);
  say(dispatch, 'good', what === 'text' && lines ? 'copied what is shown' : `copied ${copied}`);
}

function page({ data, host, dispatch }: Commands, id: string): void {
  host
    .lend(async () => {
      const body = data.ask((reader) => reader.requestBody(id));
      if (body !== null) await inPager(body);
    })
    .catch((error) => say(dispatch, 'bad', describeError(error)));
}

/** Opens the line at the foot, with what it would change. */
function ask({ state, dispatch }: Commands, kind: PromptKind): void {
  const { query } = state;
  if (kind === 'comment' && currentId(state) === null) return;
  const text = { search: query.text ?? '', source: query.source ?? '', comment: '' }[kind];
  dispatch({ type: 'prompt', prompt: { kind, text } });
}

function answer(commands: Commands, prompt: Prompt, input: string, key: Key): void {
  const { dispatch } = commands;
  if (key.escape || key.return || (key.ctrl && input === 'c')) {
    dispatch({ type: 'prompt', prompt: null });
    if (key.return) submit(commands, prompt);
    return;
  }
  const text = edited(prompt.text, input, { backspace: key.backspace || key.delete, ctrl: key.ctrl });
  if (text !== null) dispatch({ type: 'prompt', prompt: { ...prompt, text } });
}

function submit(commands: Commands, { kind, text }: Prompt): void {
  const { data, state, dispatch } = commands;
  const given = text.trim() || undefined;
  const id = currentId(state);
  if (kind === 'search') dispatch({ type: 'query', change: { text: given } });
  else if (kind === 'source') dispatch({ type: 'query', change: { source: given } });
  else if (id !== null) tell(commands, () => rated(data.rater.comment(id, text)));
}
