import type { Key } from 'ink';
import { explainError } from '../../../text/store-error.js';
import type { PanelData } from '../data/panel-data.js';
import type { Offer } from '../state/choice.js';
import { actionOf } from '../state/keys.js';
import { edited, openedPrompt, type Prompt, type PromptKind, withText } from '../state/prompt.js';
import { smallTableOf, visibleId } from '../state/state.js';
import { choicesOf } from './choices.js';
import { type Commands, rate, say } from './commands.js';
import { find } from './find.js';
import { move } from './move.js';
import type { StateStore } from './use-panel-state.js';

/** Opens a prompt with the current value. */
export function ask({ store: { current, dispatch }, views }: Commands, kind: PromptKind): void {
  const state = current();
  const { query, find: found } = state;
  const table = smallTableOf(state);
  const text = {
    search: query.text,
    filter: table === null ? undefined : state[table].text,
    find: found?.text,
    comment: views.selected.value?.request.feedback?.feedbackText,
    source: undefined,
    status: undefined,
    action: undefined,
  }[kind];
  dispatch({ type: 'prompt', prompt: openedPrompt(kind, text ?? '') });
}

/**
 * Handles a key while a prompt is open.
 * @returns what was chosen; null if nothing was
 */
export function answer(commands: Commands, prompt: Prompt, input: string, key: Key): Offer | null {
  const { dispatch } = commands.store;
  if (key.return && prompt.cursor !== null) return chosen(commands, prompt, prompt.cursor.selected);
  if (key.escape || key.return || (key.ctrl && input === 'c')) {
    dispatch({ type: 'prompt', prompt: null });
    if (key.return) submit(commands, prompt);
    return null;
  }
  // Letters narrow the rows; arrows and page keys move through them.
  const intent = input === '' && prompt.cursor !== null ? actionOf(input, key)?.intent : undefined;
  const text = edited(prompt.text, input, { backspace: key.backspace || key.delete, ctrl: key.ctrl });
  if (intent?.type === 'move') move(commands, intent.motion);
  else if (text !== null) dispatch({ type: 'prompt', prompt: withText(prompt, text) });
  return null;
}

/** Closes a prompt that offers rows, if there is a row at the index. */
export function chosen(commands: Commands, prompt: Prompt, index: number): Offer | null {
  const choice = choicesOf(commands, prompt)?.rows[index];
  if (choice === undefined) return null;
  commands.store.dispatch({ type: 'prompt', prompt: null });
  return choice;
}

function submit(commands: Commands, { kind, text }: Prompt): void {
  const { data, store } = commands;
  const { dispatch } = store;
  const given = text.trim() || undefined;
  switch (kind) {
    case 'search':
      dispatch({ type: 'query', change: { text: given } });
      if (given !== undefined) warnUnsearchable(data, store);
      break;
    case 'filter':
      dispatch({ type: 'filterTable', text: given });
      break;
    case 'find':
      find(commands, given, 1);
      break;
    case 'comment': {
      const id = visibleId(store.current());
      if (id !== null) rate(commands, () => data.rater.comment(id, text));
    }
  }
}

/** An empty result would be misleading where older requests are not in the text index. */
function warnUnsearchable(data: PanelData, store: StateStore): void {
  try {
    const count = data.ask((reader) => reader.unsearchable()) ?? 0;
    if (count === 0) return;
    say(store, 'dim', `${count} earlier requests cannot be found by text: claude-trace reattribute --all`);
  } catch (error) {
    say(store, 'bad', explainError(error));
  }
}
