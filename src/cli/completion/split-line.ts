/** A command line up to the cursor. */
export interface SplitLine {
  /** Complete words, as the program would get them. */
  words: string[];
  /** The word that is being typed, as the program would get it. */
  current: string;
  /** The word as it was typed. */
  typed: string;
  /** The quote that is still open in that word. */
  quote: '"' | "'" | '';
}

/** Splits a line as a POSIX shell does, without expansions. */
export function splitLine(line: string): SplitLine {
  const words: string[] = [];
  let current = '';
  let typed = '';
  let quote: SplitLine['quote'] = '';
  const characters = Array.from(line);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    if (quote === '' && /\s/.test(character)) {
      if (typed !== '') words.push(current);
      [current, typed] = ['', ''];
      continue;
    }
    typed += character;
    if (quote !== "'" && character === '\\') {
      index += 1;
      const escaped = characters[index] ?? '';
      typed += escaped;
      current += quote === '' || /["\\$`]/.test(escaped) ? escaped : `\\${escaped}`;
    } else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else current += character;
  }
  return { words, current, typed, quote };
}

/**
 * Escapes characters of a word that are special to the shell.
 * @param inside the quote that is open
 */
export function escapeWord(word: string, inside: SplitLine['quote']): string {
  if (inside === "'") return word.replaceAll("'", "'\\''");
  if (inside === '"') return word.replace(/["\\$`]/g, '\\$&');
  return word.replace(/[^\w@%+=:,./~-]/gu, '\\$&').replace(/^~/, '\\~');
}
