import { fragment, type Line } from '../../../text/line.js';
import { type Column, headingLine, rowLine } from '../../../text/table.js';
import { wrap } from '../../../text/wrap.js';
import type { Size } from '../../split/layout.js';
import type { Area } from '../area.js';
import { keptLine } from '../lines/kept-line.js';
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
  above?: LinesAbove | undefined;
  /** What the line of a row depends on besides the row and the width: lines are kept by it. Null for a row that changes with time. */
  lookOf?: (row: Row) => string | null;
  /** Its rows have marks of their own: the selected one is only highlighted. */
  isTree?: boolean;
  /** Whether keys act on it. Default: yes. */
  isFocused?: boolean;
}

/** Lines above rows. */
export interface LinesAbove {
  /** Whether a row has one. @param isFirst on the screen */
  isAt: (index: number, isFirst: boolean) => boolean;
  lineAt: (index: number) => Line;
}

const MARK = '▸ ';
const NO_MARK = '  ';

/** Rows under a heading. Only those on the screen are made. */
export function tableArea<Row extends object>(content: TableContent<Row>, { width, height }: Size): Area {
  const { columns, rowAt, count, cursor, empty, above, lookOf, isTree = false, isFocused = true } = content;
  const [mark, noMark] = isTree ? ['', ''] : [MARK, NO_MARK];
  if (count === 0) return { lines: wrapped(empty, noMark, width), width, height };
  const table = fitScreenTable(columns, width - mark.length);
  const lines: Line[] = [[fragment(noMark), ...headingLine(table)]];
  /** The row of each line; null for the heading and lines above rows. */
  const rows: (number | null)[] = [null];
  const top = firstShown(content, height - 1);
  for (let index = top; index < count && lines.length < height; index += 1) {
    if (above?.isAt(index, index === top)) {
      lines.push(above.lineAt(index));
      rows.push(null);
    }
    rows.push(index);
    const row = rowAt(index);
    const look = row === null ? null : (lookOf?.(row) ?? null);
    const make = () => [fragment(noMark), ...(row === null ? [fragment('…', 'dim')] : rowLine(table, row))];
    const line = row === null || look === null ? make() : keptLine(row, `${width} ${look}`, make);
    // The mark shows the selected row where there are no colours.
    lines.push(index === cursor.selected ? [fragment(mark), ...line.slice(1)] : line);
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

function wrapped(sentence: Line, indent: string, width: number): Line[] {
  const text = sentence.map((each) => each.text).join('');
  return wrap(text, width - indent.length).map((line) => [fragment(`${indent}${line}`, sentence[0]?.tone)]);
}

/** The first row on the screen. Lines above rows leave room for fewer rows, and the selected one must be among them. */
function firstShown<Row>({ cursor, above }: TableContent<Row>, room: number): number {
  if (above === undefined) return cursor.top;
  let first = cursor.selected;
  let lines = 1;
  while (first > cursor.top) {
    lines += above.isAt(first, false) ? 2 : 1;
    if (lines + (above.isAt(first - 1, true) ? 1 : 0) > room) break;
    first -= 1;
  }
  return first;
}
