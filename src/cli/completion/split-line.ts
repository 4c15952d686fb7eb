/** A command line as far as the cursor. */
export interface SplitLine {
  /** Whole words, as the program would get them. */
  words: string[];
  /** The word that is being typed, as the program would get it. */
  current: string;
  /** The same as it was typed. */
  typed: string;
  /** The quote in which that word still is. */
  quote: '"' | "'" | '';
}

/** Takes a line apart as a POSIX shell does; expansions stay as they are. */
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
 * A word as it is typed where the shell would take some of its letters for its own.
 * @param inside the quote in which it goes on
 */
export function escapeWord(word: string, inside: SplitLine['quote']): string {
  if (inside === "'") return word.replaceAll("'", "'\\''");
  if (inside === '"') return word.replace(/["\\$`]/g, '\\$&');
  return word.replace(/[^\w@%+=:,./~-]/gu, '\\$&').replace(/^~/, '\\~');
}
