import { InvalidFilterError } from '../errors.js';
import { spaced } from './words.js';

/** Each term is looked up in turn, and each letter of a long phrase is one. */
const MAX_CHARACTERS = 500;

/** A quoted phrase, or a run of anything else but spaces. */
const TERM = /"([^"]*)"|(\S+)/g;

/** What unicode61 takes for a part of a word: anything else only separates. */
const WORD_CHARACTER = /[\p{L}\p{N}\p{Co}]/u;

/**
 * What somebody typed, as an expression of FTS5: all words must be there, in any order, each as the beginning of a word
 * (`config` finds `configuration`); what stands in double quotes must be there word for word. Nothing else has a meaning:
 * https://www.sqlite.org/fts5.html#full_text_query_syntax
 *
 * @throws InvalidFilterError when there is nothing to look for in it, or too much
 */
export function matchExpression(text: string): string {
  if (text.length > MAX_CHARACTERS) throw new InvalidFilterError('text', `give at most ${MAX_CHARACTERS} characters`);
  const terms = [...text.matchAll(TERM)].flatMap(([, phrase, word]) => {
    const term = phrase ?? word ?? '';
    if (!WORD_CHARACTER.test(term)) return [];
    // FTS5 takes a NUL for the end of the expression.
    const quoted = `"${spaced(term).replace(/["\0]/g, ' ')}"`;
    return [phrase === undefined ? `${quoted} *` : quoted];
  });
  if (terms.length === 0) throw new InvalidFilterError('text', `"${text}" holds no letter or digit to look for`);
  return terms.join(' AND ');
}
