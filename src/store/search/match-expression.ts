import { InvalidFilterError } from '../errors.js';
import { spaced } from './words.js';

/** Each term costs a lookup, and in scripts without spaces each letter is one. */
const MAX_CHARACTERS = 500;

/** A quoted phrase, or characters without spaces. */
const TERM = /"([^"]*)"|(\S+)/g;

/** Characters that unicode61 regards as part of a word; all others are separators. */
const WORD_CHARACTER = /[\p{L}\p{N}\p{Co}]/u;

/**
 * User input as an FTS5 expression: all words must occur, in any order, each as the beginning of a word (`config` finds
 * `configuration`); a phrase in double quotes must occur word for word. Nothing else has a meaning:
 * https://www.sqlite.org/fts5.html#full_text_query_syntax
 *
 * @throws InvalidFilterError when there is nothing or too much to search for
 */
export function matchExpression(text: string): string {
  if (text.length > MAX_CHARACTERS) throw new InvalidFilterError('text', `use at most ${MAX_CHARACTERS} characters`);
  const terms = [...text.matchAll(TERM)].flatMap(([, phrase, word]) => {
    const term = phrase ?? word ?? '';
    if (!WORD_CHARACTER.test(term)) return [];
    // For FTS5 a NUL ends the expression.
    const quoted = `"${spaced(term).replace(/["\0]/g, ' ')}"`;
    return [phrase === undefined ? `${quoted} *` : quoted];
  });
  if (terms.length === 0) throw new InvalidFilterError('text', `"${text}" contains no letter or digit to search for`);
  return terms.join(' AND ');
}
