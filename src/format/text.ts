/**
 * Captured text as it may meet a terminal. Control characters would move the cursor of whoever looks at it, separators of
 * lines and changes of direction would show it in another order than it has: shown as symbols, but for line ends.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
  return text.replace(/\r\n?/g, '\n').replace(unsafe, '�');
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
