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
  /** Its rows have marks of their own: the selected one is only highlighted. */
  isTree?: boolean;
  /** Whether keys act on it. Default: yes. */
  isFocused?: boolean;
}

const MARK = '▸ ';
const NO_MARK = '  ';

/** Rows under a heading. Only those on the screen are made. */
export function tableArea<Row>(content: TableContent<Row>, { width, height }: Size): Area {
  const { columns, rowAt, count, cursor, empty, isTree = false, isFocused = true } = content;
  const [mark, noMark] = isTree ? ['', ''] : [MARK, NO_MARK];
  if (count === 0) return { lines: [[fragment(noMark), ...empty]], width, height };
  const table = fitScreenTable(columns, width - mark.length);
  const lines: Line[] = [[fragment(noMark), ...headingLine(table)]];
  const end = Math.min(count, cursor.top + height - 1);
  for (let index = cursor.top; index < end; index += 1) {
    const row = rowAt(index);
    const line = row === null ? [fragment('…', 'dim')] : rowLine(table, row);
    // The mark shows the selected row where there are no colours.
    lines.push([fragment(index === cursor.selected ? mark : noMark), ...line]);
  }
  return {
    lines,
    width,
    height,
    selected: isFocused ? cursor.selected - cursor.top + 1 : undefined,
    click(_, y) {
      const index = cursor.top + y - 1;
      return y > 0 && index < end ? { type: 'pick', index } : null;
    },
  };
}
