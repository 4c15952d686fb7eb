import { type Cut, displayWidth, truncate } from './fit.js';
import { style, type Tone } from './style.js';
import { printableLine } from './text.js';

/** A column of a table: its heading, side, and the cell of a row. One column may `grow`: it takes what width is left. */
export interface Column<Row> {
  heading: string;
  align?: 'left' | 'right';
  grow?: boolean;
  /** Where the text is cut when it is too long: the name of a file stands at the end of its path. */
  cut?: Cut;
  /** Where the table is too wide, columns with this go, the least first; those without stay. */
  dropOrder?: number;
  cell: (row: Row) => string;
  tone?: (row: Row) => Tone | undefined;
}

/** Which columns a table shows, and how wide each is in terminal columns. */
export interface Layout<Row> {
  columns: readonly Column<Row>[];
  widths: readonly number[];
}

const GAP = '  ';
const NARROWEST = 12;

/**
 * Lines of a table that fits `width` terminal columns, measured by display width, so that wide characters stay aligned.
 * @param width columns; Infinity (a pipe) cuts nothing
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const layout = layoutOf(columns, rows, width);
  return [renderHeadings(layout), ...rows.map((row) => renderRow(layout, row))];
}

/** @param rows what the widths are measured by */
export function layoutOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): Layout<Row> {
  const natural = new Map(columns.map((column) => [column, naturalWidth(column, rows)]));
  const widthOf = (column: Column<Row>) => natural.get(column) ?? 0;
  const least = (shown: readonly Column<Row>[]) =>
    shown.reduce((sum, column) => sum + (column.grow ? Math.min(NARROWEST, widthOf(column)) : widthOf(column)), 0) +
    GAP.length * (shown.length - 1);

  const droppable = columns
    .filter(({ dropOrder }) => dropOrder !== undefined)
    .sort((a, b) => (a.dropOrder ?? 0) - (b.dropOrder ?? 0));
  let shown = columns;
  while (least(shown) > width) {
    const next = droppable.shift();
    if (next === undefined) break;
    shown = shown.filter((column) => column !== next);
  }
  const fixed = shown.filter(({ grow }) => !grow).reduce((sum, column) => sum + widthOf(column), 0);
  const left = Math.max(NARROWEST, width - fixed - GAP.length * (shown.length - 1));
  // At the end of a line, what is left need not be filled, and later rows may want it.
  const widths = shown.map((column, index) =>
    column.grow && index === shown.length - 1 ? left : Math.min(widthOf(column), column.grow ? left : width),
  );
  return { columns: shown, widths };
}

function naturalWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce(
    (widest, row) => Math.max(widest, displayWidth(cellOf(column, row))),
    displayWidth(column.heading),
  );
}

function cellOf<Row>({ cell }: Column<Row>, row: Row): string {
  return printableLine(cell(row));
}

export function renderHeadings<Row>(layout: Layout<Row>): string {
  return renderLine(layout, ({ heading }) => ({ text: heading, tone: 'heading' }));
}

/** A row that came after the layout was made may be wider: only the column that grows is cut. */
export function renderRow<Row>(layout: Layout<Row>, row: Row): string {
  return renderLine(layout, (column) => ({ text: cellOf(column, row), tone: column.tone?.(row) }));
}

function renderLine<Row>(
  { columns, widths }: Layout<Row>,
  cell: (column: Column<Row>) => { text: string; tone: Tone | undefined },
): string {
  const last = columns.length - 1;
  const cells = columns.map((column, index) => {
    const width = widths[index] ?? 0;
    const { text, tone } = cell(column);
    const shown = column.grow ? truncate(text, width, column.cut ?? 'end') : text;
    if (index === last && column.align !== 'right') return style(shown, tone);
    const space = ' '.repeat(Math.max(0, width - displayWidth(shown)));
    return column.align === 'right' ? space + style(shown, tone) : style(shown, tone) + space;
  });
  return cells.join(GAP).trimEnd();
}
