import { AT_TOP, type Cursor } from './cursor.js';

/** Prompts that offer rows to choose from; typing narrows them. The others take a line of text. */
const CHOICE_KINDS = ['source', 'status', 'action'] as const;
type ChoiceKind = (typeof CHOICE_KINDS)[number];

/** What the prompt at the foot asks for. */
export type PromptKind = 'search' | 'filter' | 'find' | 'comment' | ChoiceKind;

export interface Prompt {
  kind: PromptKind;
  text: string;
  /** Cursor over the rows to choose from; null for a line of text. */
  cursor: Cursor | null;
}

export function openedPrompt(kind: PromptKind, text = ''): Prompt {
  return { kind, text, cursor: CHOICE_KINDS.some((each) => each === kind) ? AT_TOP : null };
}

/** With other text the first row is selected. */
export function withText(prompt: Prompt, text: string): Prompt {
  return { ...prompt, text, cursor: prompt.cursor && AT_TOP };
}

const MAX_LENGTH = 2_000;

/** The text after a key; null for a key that edits nothing. */
export function edited(text: string, input: string, key: { backspace: boolean; ctrl: boolean }): string | null {
  if (key.backspace) return Array.from(text).slice(0, -1).join('');
  if (key.ctrl) {
    if (input === 'u') return '';
    return input === 'w' ? text.replace(/\S*\s*$/, '') : null;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: pasted text may contain them
  const typed = input.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return typed === '' ? null : (text + typed).slice(0, MAX_LENGTH);
}
