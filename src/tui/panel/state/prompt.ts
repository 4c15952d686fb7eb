/** What is asked for in a line at the foot of the screen. */
export type PromptKind = 'search' | 'filter' | 'find' | 'source' | 'comment';

export interface Prompt {
  kind: PromptKind;
  text: string;
}

const LONGEST = 2_000;

/** The text after a key; null for a key that edits nothing. */
export function edited(text: string, input: string, key: { backspace: boolean; ctrl: boolean }): string | null {
  if (key.backspace) return Array.from(text).slice(0, -1).join('');
  if (key.ctrl) {
    if (input === 'u') return '';
    return input === 'w' ? text.replace(/\S*\s*$/, '') : null;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: pasted text may hold them
  const typed = input.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return typed === '' ? null : (text + typed).slice(0, LONGEST);
}
