import type { Key } from 'ink';
import { describeError } from '../../../format/describe-error.js';
import type { PanelData } from '../data/panel-data.js';
import { wholeSource } from '../lines/source-name.js';
import { edited, type Prompt, type PromptKind } from '../state/prompt.js';
import { currentId } from '../state/state.js';
import { type Commands, rated, say, tell } from './commands.js';
import type { StateStore } from './use-panel-state.js';

/** Opens the line at the foot, with what it would change. */
export function ask({ store: { current, dispatch }, views }: Commands, kind: PromptKind): void {
  const state = current();
  const { query } = state;
  if (kind === 'comment' && currentId(state) === null) return;
  const text = {
    search: query.text ?? '',
    source: query.source ?? '',
    comment: views.focus.value?.request.feedback?.feedback_text ?? '',
  }[kind];
  dispatch({ type: 'prompt', prompt: { kind, text } });
}

/** A key while the line is open. */
export function answer(commands: Commands, prompt: Prompt, input: string, key: Key): void {
  const { dispatch } = commands.store;
  if (key.escape || key.return || (key.ctrl && input === 'c')) {
    dispatch({ type: 'prompt', prompt: null });
    if (key.return) submit(commands, prompt);
    return;
  }
  const text = edited(prompt.text, input, { backspace: key.backspace || key.delete, ctrl: key.ctrl });
  if (text !== null) dispatch({ type: 'prompt', prompt: { ...prompt, text } });
}

function submit(commands: Commands, { kind, text }: Prompt): void {
  const { data, store } = commands;
  const { current, dispatch } = store;
  const given = text.trim() || undefined;
  const id = currentId(current());
  if (kind === 'search') {
    dispatch({ type: 'query', change: { text: given } });
    if (given !== undefined) tellUnsearchable(data, store);
  } else if (kind === 'source') dispatch({ type: 'query', change: { source: given && wholeSource(given) } });
  else if (id !== null) tell(commands, () => rated(data.rater.comment(id, text)));
}

/** Whoever finds nothing should not take it for an answer. */
function tellUnsearchable(data: PanelData, store: StateStore): void {
  try {
    const count = data.ask((reader) => reader.unsearchable()) ?? 0;
    if (count === 0) return;
    say(store, 'dim', `${count} earlier requests cannot be found by text: claude-trace reattribute --all`);
  } catch (error) {
    say(store, 'bad', describeError(error));
  }
}
