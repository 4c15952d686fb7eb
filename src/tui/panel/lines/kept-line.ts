import type { Line } from '../../../text/line.js';

/** The last line of each row. */
const kept = new WeakMap<object, { look: string; line: Line }>();

/**
 * The line of a row that does not change. It is made again only if the look changes.
 * @param look what the line depends on besides the row
 */
export function keptLine(row: object, look: string, make: () => Line): Line {
  const last = kept.get(row);
  if (last?.look === look) return last.line;
  const line = make();
  kept.set(row, { look, line });
  return line;
}
