import { fragment, type Line } from '../../../text/line.js';
import { type Column, headingLine, rowLine } from '../../../text/table.js';
import type { Size } from '../../split/layout.js';
import type { Area } from '../area.js';
import { fitScreenTable } from '../lines/screen-table.js';
import type { Cursor } from '../state/cursor.js';

export interface TableContent<Row> {
  columns: readonly Column<Row>[];
  /** The row at an index among all rows; null where it is not loaded yet. */
  rowAt: (index: number) => Row | null;
  count: number;
  cursor: Cursor;
  /** Shown in place of a table without rows. */
  empty: Line;
  /** A line above a row. @param isFirst on the screen */
  lineAbove?: (index: number, isFirst: boolean) => Line | null;
  /** Its rows have marks of their own: the selected one is only highlighted. */
  isTree?: boolean;
  /** Whether keys act on it. Default: yes. */
  isFocused?: boolean;
}

const MARK = '▸ ';
const NO_MARK = '  ';

/** Rows under a heading. Only those on the screen are made. */
export function tableArea<Row>(content: TableContent<Row>, { width, height }: Size): Area {
  const { columns, rowAt, count, cursor, empty, lineAbove, isTree = false, isFocused = true } = content;
  const [mark, noMark] = isTree ? ['', ''] : [MARK, NO_MARK];
  if (count === 0) return { lines: [[fragment(noMark), ...empty]], width, height };
  const table = fitScreenTable(columns, width - mark.length);
  const lines: Line[] = [[fragment(noMark), ...headingLine(table)]];
  /** The row of each line; null for the heading and lines above rows. */
  const rows: (number | null)[] = [null];
  const top = firstShown(content, height - 1);
  for (let index = top; index < count && lines.length < height; index += 1) {
    const above = lineAbove?.(index, index === top) ?? null;
    if (above !== null) {
      lines.push(above);
      rows.push(null);
    }
    rows.push(index);
    const row = rowAt(index);
    const line = row === null ? [fragment('…', 'dim')] : rowLine(table, row);
    // The mark shows the selected row where there are no colours.
    lines.push([fragment(index === cursor.selected ? mark : noMark), ...line]);
  }
  return {
    lines,
    width,
    height,
    selected: isFocused ? rows.indexOf(cursor.selected) : undefined,
    click(_, y) {
      const index = rows[y] ?? null;
      return index === null ? null : { type: 'pick', index };
    },
  };
}

/** The first row on the screen. With lines above rows there is room for fewer, and the selected one must be among them. */
function firstShown<Row>({ cursor, lineAbove }: TableContent<Row>, room: number): number {
  if (lineAbove === undefined) return cursor.top;
  let first = cursor.selected;
  let lines = 1;
  while (first > cursor.top) {
    lines += 1 + (lineAbove(first, false) === null ? 0 : 1);
    if (lines + (lineAbove(first - 1, true) === null ? 0 : 1) > room) break;
    first -= 1;
  }
  return first;
}
