import type { Cursor } from '../state/cursor.js';
import { type Column, fitColumns, headingLine, rowLine } from '../text/columns.js';
import { cutLine, type Line, run } from '../text/line.js';
import { Lines } from './Lines.js';

interface Props<Row> {
  columns: readonly Column<Row>[];
  /** The row at an index of all; null where it is not loaded yet. */
  rowAt: (index: number) => Row | null;
  count: number;
  cursor: Cursor;
  width: number;
  /** With the heading. */
  height: number;
  /** What stands there when there is no row. */
  empty: Line;
}

const MARK = '▸ ';
const NO_MARK = '  ';

/** Rows under a heading. Only those on the screen are made, however many there are. */
export function TableView<Row>({ columns, rowAt, count, cursor, width, height, empty }: Props<Row>) {
  const shown = fitColumns(columns, width - MARK.length);
  if (count === 0) return <Lines lines={[cutLine([run(NO_MARK), ...empty], width)]} width={width} height={height} />;
  const lines: Line[] = [[run(NO_MARK), ...headingLine(shown)]];
  const end = Math.min(count, cursor.top + height - 1);
  for (let index = cursor.top; index < end; index += 1) {
    const row = rowAt(index);
    const line = row === null ? [run('…', 'dim')] : rowLine(shown, row);
    // The mark is for whoever sees no colours.
    lines.push([run(index === cursor.selected ? MARK : NO_MARK), ...line]);
  }
  return <Lines lines={lines} width={width} height={height} selected={cursor.selected - cursor.top + 1} />;
}
