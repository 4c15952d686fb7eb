import { textOf } from '../../../text/line.js';
import { settingText } from '../../../text/reports/advice/setting.js';
import { explainError } from '../../../text/store-error.js';
import { printableLine } from '../../../text/text.js';
import { inPager, readableBody } from '../data/pager.js';
import type { Offer } from '../state/choice.js';
import { type Intent, refusalOf } from '../state/intents.js';
import type { PromptKind } from '../state/prompt.js';
import { showsText, smallTableOf, tableOf, visibleId } from '../state/state.js';
import { type Commands, rate, resumeOldest, say, undo } from './commands.js';
import { find } from './find.js';
import { openCalls, openInMcp, subjectInMcp } from './mcp-commands.js';
import { move, openLink, toHeading, WHEEL_LINES, wheel } from './move.js';
import { ask, chosen } from './prompt-commands.js';
import {
  moveInBreakdown,
  openInBreakdown,
  openInSources,
  pickInBreakdown,
  sourceAt,
  stepInTree,
  wheelInBreakdown,
} from './tree-commands.js';

/** Does what was asked for, or says why it is not possible now. */
export function act(commands: Commands, { intent, needs }: Offer): void {
  const { store, hasChild } = commands;
  const refusal = refusalOf(needs, store.current(), hasChild);
  if (refusal === null) obey(commands, intent);
  else say(store, 'dim', refusal);
}

function obey(commands: Commands, intent: Intent): void {
  const { data, store, host } = commands;
  const state = store.current();
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
      wheel(commands, intent.by);
      break;
    case 'wheelSources':
      wheelInBreakdown(commands, intent.by * WHEEL_LINES);
      break;
    case 'pickSource':
      pickInBreakdown(commands, intent.index);
      break;
    case 'pick':
      pick(commands, intent.index);
      break;
    case 'calls':
      openCalls(commands);
      break;
    case 'heading':
      if (state.find !== null) find(commands, state.find.text, intent.by);
      else toHeading(commands, intent.by);
      break;
    case 'open':
      if (!openInBreakdown(commands) && !openLink(commands)) open(commands);
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
    case 'resume':
      store.dispatch({ type: 'notice', notice: resumeOldest(data.held) });
      break;
    case 'zoom':
      host.zoom();
      break;
    case 'resize':
      host.resize(intent.steps);
      break;
    case 'quit':
      host.leave();
      break;
    default:
      store.dispatch(intent);
  }
}

/** Chooses the row that a prompt offers, selects a row of a table, or opens the one that is selected. */
function pick(commands: Commands, index: number): void {
  const { store } = commands;
  const state = store.current();
  const { prompt, cursors, breakdown } = state;
  const table = tableOf(state);
  if (prompt !== null) {
    const offer = chosen(commands, prompt, index);
    if (offer !== null) act(commands, offer);
    return;
  }
  if (breakdown.isFocused) store.dispatch({ type: 'focus', isFocused: false });
  if (table !== null && cursors[table].selected === index) open(commands);
  else store.dispatch({ type: 'select', index });
}

/** `/` searches all requests, the rows of a table, or the text on the screen. */
function searchIn({ store }: Commands): PromptKind {
  const state = store.current();
  if (showsText(state)) return 'find';
  return smallTableOf(state) === null ? 'search' : 'filter';
}

/** Opens the selected request, call, source or session. */
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
  const place = view === 'context' ? views.context.value?.places[cursors.context.selected] : undefined;
  if (place) dispatch({ type: 'openRequest', id: place.id });
  if (view === 'mcp') openInMcp(commands);
  const source = view === 'sources' ? openInSources(commands) : null;
  if (source !== null) dispatch({ type: 'query', change: { source } });
  const session = view === 'sessions' ? views.sessions.value?.[cursors.sessions.selected] : undefined;
  if (session) dispatch({ type: 'query', change: { sessionId: session.id } });
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
  if (view === 'context') return views.context.value?.places[cursors.context.selected]?.id ?? null;
  if (view === 'mcp') return subjectInMcp(commands);
  if (view !== 'findings') return visibleId(state);
  const index = text?.starts.findLastIndex((start) => start <= scroll) ?? -1;
  const setting = views.advice.value?.findings[index]?.settings[0];
  return setting === undefined ? null : settingText(setting);
}

function page({ data, host, store }: Commands, id: string): void {
  host
    .lend(async () => {
      const body = data.ask((reader) => readableBody(reader, id));
      if (body !== null) await inPager(body);
    })
    .catch((error) => say(store, 'bad', explainError(error)));
}
