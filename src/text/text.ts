/**
 * Characters that must not reach a terminal. Control characters (C0, DEL, C1) could move the cursor or set the
 * clipboard; line separators and direction marks change the order in which text is shown.
 */
const UNSAFE =
  '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb';

/** Half of a character: it is shown as `�`, but not counted as a column. */
const HALF = '[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]';

const UNSAFE_CHARACTER = new RegExp(`[${UNSAFE}]|${HALF}`, 'g');

/** Captured text that is safe to print: `�` in place of unsafe characters, line ends as LF. */
export function printable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(UNSAFE_CHARACTER, '�');
}

/** Colours, and the line ends of CSV, are our own: `printable` lets none through from captured text. */
const OURS_OR_UNSAFE = new RegExp(`\\u001b\\[[\\d;]*m|\\r\\n|[${UNSAFE}]`, 'g');

/**
 * The last barrier before anything is written, for text that was not made printable. Unsafe characters are escaped as
 * in JSON, so that JSON keeps its meaning.
 */
export function escapeUnsafe(text: string): string {
  return text.replace(OURS_OR_UNSAFE, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Makes a text printable and puts it on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\t\n]+/g, ' ');
}

/** The beginning of a text on one line. */
export function excerpt(text: string, length: number): string {
  const line = printable(text.slice(0, length * 4))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > length || text.length > length * 4 ? `${line.slice(0, length - 1)}…` : line;
}

/** Names and values in two columns; fields without a value are left out. */
export function describeFields(fields: readonly (readonly [name: string, value: string | null])[]): string[] {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`${name.padEnd(width)}  ${printableLine(value)}`],
  );
}
