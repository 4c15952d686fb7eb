/**
 * What must not meet a terminal: control characters (C0, DEL, C1) would move the cursor of whoever looks at it, or set the
 * clipboard; separators of lines, and marks of direction, would show a text in another order than it has.
 */
const UNSAFE =
  '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb';

const UNSAFE_CHARACTER = new RegExp(`[${UNSAFE}]`, 'g');

/** Captured text as it may meet a terminal: what is unsafe is shown as a symbol, but for line ends. */
export function printable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(UNSAFE_CHARACTER, '�');
}

/** Colours, and the line ends of CSV, are ours: `printable` lets none of captured text through. */
const OURS_OR_UNSAFE = new RegExp(`\\u001b\\[[\\d;]*m|\\r\\n|[${UNSAFE}]`, 'g');

/**
 * The last barrier before anything is written, for what no formatting has looked at: unsafe characters as JSON escapes them,
 * so that JSON stays what it was.
 */
export function escapeUnsafe(text: string): string {
  return text.replace(OURS_OR_UNSAFE, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A name or a value among ours: on one line, whatever was captured. */
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

/** Lines of names and values, in two columns; those without a value are left out. */
export function describeFields(fields: readonly (readonly [name: string, value: string | null])[]): string[] {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`${name.padEnd(width)}  ${printableLine(value)}`],
  );
}
