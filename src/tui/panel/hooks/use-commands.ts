import type { Key } from 'ink';
import { useCallback, useRef } from 'react';
import { PASTED } from '../pastes.js';
import { actionOf } from '../state/keys.js';
import type { Prompt } from '../state/prompt.js';
import { act } from './act.js';
import { type Commands, say } from './commands.js';
import { answer } from './prompt-commands.js';

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
  const action = actionOf(input, key);
  if (input.startsWith(PASTED)) {
    if (prompt !== null) typeInto(commands, prompt, input.slice(PASTED.length), key);
    else say(commands.store, 'dim', 'Pasted text goes into a line that is being typed: / searches, c comments.');
  } else if (prompt !== null) {
    typeInto(commands, prompt, input, key);
  } else if (action === null && input.length > 1) {
    // Keys that were typed quickly come together, and each may change the meaning of the next one.
    for (const each of input) press(commands, each, key);
  } else {
    if (notice !== null) dispatch({ type: 'notice', notice: null });
    if (action !== null) act(commands, action);
  }
}

function typeInto(commands: Commands, prompt: Prompt, input: string, key: Key): void {
  const offer = answer(commands, prompt, input, key);
  if (offer !== null) act(commands, offer);
}
