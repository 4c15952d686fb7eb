import type { Node } from 'jsonc-parser';

/** White space at the beginning of a line; null: everything is on one line. */
export type Indent = string | null;

export function replaced(text: string, offset: number, length: number, by: string): string {
  return text.slice(0, offset) + by + text.slice(offset + length);
}

/** A value as JSON, written on several lines below a line that is indented like this. */
export function textOf(value: unknown, indent: Indent, unit = '  '): string {
  if (indent === null) return JSON.stringify(value);
  return JSON.stringify(value, null, unit).replaceAll('\n', `\n${indent}`);
}

/**
 * Adds a child to the end of an object or a list, written as its neighbours are: on lines of their own, or all on one line.
 * `modify` of jsonc-parser would spread a list on one line over several lines.
 * @param childText the child, for a line with this indent
 */
export function withChild(text: string, parent: Node, childText: (indent: Indent) => string): string {
  const last = parent.children?.at(-1);
  if (last === undefined) return withFirstChild(text, parent, childText);
  const end = last.offset + last.length;
  if (!text.slice(parent.offset, last.offset).includes('\n')) return replaced(text, end, 0, `, ${childText(null)}`);
  const indent = indentAt(text, last.offset);
  return replaced(text, end, 0, inLines(text, `,\n${indent}${childText(indent)}`));
}

function withFirstChild(text: string, { offset, length, parent }: Node, childText: (indent: Indent) => string): string {
  // A file on one line stays on one line, except for an empty one.
  const isOnLines = parent === undefined || text.trim().includes('\n');
  const outer = indentAt(text, offset);
  const indent = outer + unitOf(text);
  const child = isOnLines ? inLines(text, `\n${indent}${childText(indent)}\n${outer}`) : childText(null);
  return replaced(text, offset + 1, length - 2, child);
}

function inLines(text: string, child: string): string {
  return text.includes('\r\n') ? child.replaceAll('\n', '\r\n') : child;
}

/** Indent of the line at this place. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** One level of indentation: that of the first indented line. */
export function unitOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}
