/** What the prompt at the foot asks for. */
export type PromptKind = 'search' | 'filter' | 'find' | 'source' | 'comment';

export interface Prompt {
  kind: PromptKind;
  text: string;
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
