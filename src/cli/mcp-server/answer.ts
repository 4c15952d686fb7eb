import { stripVTControlCharacters } from 'node:util';
import { truncate } from '../../text/fit.js';
import { escapeUnsafe } from '../../text/text.js';

/** Each answer stays in the context of the conversation that asked: some 2,000 tokens are enough to decide what to ask next. */
export const MAX_ANSWER_BYTES = 8_000;

const MAX_NAME = 200;
/** Maximum length of a text, in UTF-16 units. */
const MAX_PIECE = 1_200;

/** Facts, and as many rows as fit. */
export interface ListAnswer {
  facts: object;
  rows: readonly object[];
  /** How to get the rest, in words; null when nothing is left. @param shown the number of rows that fit */
  rest(shown: number): string | null;
}

/** @returns JSON with one row a line, at most `MAX_ANSWER_BYTES` long unless the first row alone is longer */
export function listAnswer({ facts, rows, rest }: ListAnswer): string {
  const lines: string[] = [];
  const head = printed(facts);
  let bytes = Buffer.byteLength(head) + Buffer.byteLength(rest(0) ?? '') + 50;
  for (const row of rows) {
    const line = printed(row);
    bytes += Buffer.byteLength(line) + 2;
    if (bytes > MAX_ANSWER_BYTES && lines.length > 0) break;
    lines.push(line);
  }
  const more = rest(lines.length);
  const end = more === null ? '' : `,\n"more": ${JSON.stringify(more)}`;
  return `${head.slice(0, -1)}${head === '{}' ? '' : ',\n'}"rows": [\n${lines.join(',\n')}\n]${end}}`;
}

/** Compact JSON that is safe to show: without fields that are null, with all strings but `text` shortened. */
function printed(value: object): string {
  const json = JSON.stringify(value, (name, field: unknown) => {
    if (field === null) return undefined;
    return typeof field === 'string' && name !== 'text' ? shortened(field) : field;
  });
  return escapeUnsafe(json);
}

/** A name that may be as long as a request. */
export function shortened(name: string): string {
  return truncate(name, MAX_NAME, 'middle');
}

/** A text in pieces for rows of their own. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length || start === 0; ) {
    const end = start + MAX_PIECE;
    const isPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    pieces.push(text.slice(start, isPair ? end - 1 : end));
    start = isPair ? end - 1 : end;
  }
  return pieces;
}

/** Text that is safe to show, at most `MAX_ANSWER_BYTES` long. */
export function textAnswer(lines: readonly string[]): string {
  const text = escapeUnsafe(stripVTControlCharacters(lines.join('\n')));
  if (Buffer.byteLength(text) <= MAX_ANSWER_BYTES) return text;
  const end = '\n… the rest does not fit.';
  // A character that was cut in two becomes U+FFFD.
  return (
    Buffer.from(text)
      .subarray(0, MAX_ANSWER_BYTES - Buffer.byteLength(end))
      .toString()
      .replace(/\uFFFD+$/, '') + end
  );
}
