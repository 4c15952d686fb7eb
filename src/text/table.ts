import { displayWidth, type EllipsisPlace, padTo } from './fit.js';
import { fragment, type Line, styledLine } from './line.js';
import type { Tone } from './style.js';
import { printableLine } from './text.js';

export interface Column<Row> {
  heading: string;
  /** In terminal columns. Without it the column is as wide as its widest cell. */
  width?: number;
  /** Takes the width that is left. One column may grow. */
  grow?: boolean;
  align?: 'left' | 'right';
  cut?: EllipsisPlace;
  /** Where the table is too wide, the columns that have this are dropped, the lowest first. */
  dropOrder?: number;
  cell: (row: Row) => string;
  tone?: (row: Row) => Tone | undefined;
}

/** The columns that fit a width, and the width of each. */
export interface FittedTable<Row> {
  columns: readonly FittedColumn<Row>[];
  gap: string;
}

interface FittedColumn<Row> extends Column<Row> {
  width: number;
  /** False: the widest cell decided the width. A wider one that comes later is not cut. */
  isCut: boolean;
}

/** A growing column of no fixed width keeps this much, and its heading. */
const MIN_WIDTH = 12;

/**
 * The lines of a table, coloured for stdout.
 * @param width columns; Infinity (a pipe) cuts nothing
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const table = fitTable(columns, rows, width);
  return [headingLine(table), ...rows.map((row) => rowLine(table, row))].map(styledLine);
}

/** A table below its title, with the first `max` rows; no lines where there are no rows. */
export function renderFirstRows<Row>(
  title: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  max: number,
): string[] {
  if (rows.length === 0) return [];
  const lines = [title, ...renderTable(columns, rows.slice(0, max), width)];
  return rows.length > max ? [...lines, `… and ${rows.length - max} more; --json has all.`] : lines;
}

/** @param rows those that decide the width of columns without a fixed one */
export function fitTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  gap = '  ',
): FittedTable<Row> {
  const natural = new Map(columns.map((column) => [column, column.width ?? naturalWidth(column, rows)]));
  const naturalOf = (column: Column<Row>) => natural.get(column) ?? 0;
  const leastOf = (column: Column<Row>) =>
    column.grow && column.width === undefined
      ? Math.min(Math.max(MIN_WIDTH, displayWidth(column.heading)), naturalOf(column))
      : naturalOf(column);
  const needed = (shown: readonly Column<Row>[]) =>
    shown.reduce((sum, column) => sum + leastOf(column), gap.length * (shown.length - 1));

  const shown = withoutDropped(columns, (remaining) => needed(remaining) <= width);
  const left = Math.max(0, width - needed(shown));
  const last = shown.at(-1);
  return {
    gap,
    columns: shown.map((column): FittedColumn<Row> => {
      const isFixed = column.width !== undefined;
      if (!column.grow) return { ...column, width: naturalOf(column), isCut: isFixed };
      const most = leastOf(column) + left;
      // Rows that come later may need the rest of the last column's line.
      const grown = isFixed || column === last ? most : Math.min(naturalOf(column), most);
      return { ...column, width: grown, isCut: true };
    }),
  };
}

function withoutDropped<Row>(
  columns: readonly Column<Row>[],
  fits: (columns: readonly Column<Row>[]) => boolean,
): readonly Column<Row>[] {
  const droppable = columns
    .filter(({ dropOrder }) => dropOrder !== undefined)
    .sort((a, b) => (a.dropOrder ?? 0) - (b.dropOrder ?? 0));
  const dropped = new Set<Column<Row>>();
  const remaining = () => columns.filter((column) => !dropped.has(column));
  for (const column of droppable) {
    if (fits(remaining())) break;
    dropped.add(column);
  }
  // A wide column that was dropped may leave room for a narrow one that was dropped before it.
  for (const column of droppable.toReversed()) {
    if (!dropped.delete(column)) continue;
    if (!fits(remaining())) dropped.add(column);
  }
  return remaining();
}

function naturalWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce(
    (widest, row) => Math.max(widest, displayWidth(printableLine(column.cell(row)))),
    displayWidth(column.heading),
  );
}

export function headingLine<Row>(table: FittedTable<Row>): Line {
  return lineOf(table, ({ heading }) => ({ text: heading, tone: 'heading' }));
}

export function rowLine<Row>(table: FittedTable<Row>, row: Row): Line {
  return lineOf(table, ({ cell, tone }) => ({ text: printableLine(cell(row)), tone: tone?.(row) }));
}

function lineOf<Row>(
  { columns, gap }: FittedTable<Row>,
  cellOf: (column: FittedColumn<Row>) => { text: string; tone: Tone | undefined },
): Line {
  const last = columns.length - 1;
  return columns.map((column, index) => {
    const { text, tone } = cellOf(column);
    const { align, cut } = column;
    const own = displayWidth(text);
    const width = index === last && align !== 'right' ? Math.min(own, column.width) : column.width;
    const shown = padTo(text, column.isCut ? width : Math.max(own, width), align, cut);
    return fragment(`${index === 0 ? '' : gap}${shown}`, tone);
  });
}
