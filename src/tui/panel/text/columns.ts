import { type Cut, padTo } from '../../../text/fit.js';
import type { Tone } from '../theme.js';
import { type Line, run } from './line.js';

/** A column of a table on the screen. Its width is fixed, so that nothing moves while rows pass; one may grow. */
export interface Column<Row> {
  heading: string;
  width: number;
  /** Takes what is left of the width, at least its own. */
  grow?: boolean;
  align?: 'left' | 'right';
  cut?: Cut;
  /** Where the table is too wide, columns with this go, the least first. */
  dropOrder?: number;
  cell: (row: Row) => string;
  tone?: (row: Row) => Tone | undefined;
}

/** The columns that padTo, each as wide as it is shown, and what stands between them. */
export interface Table<Row> {
  columns: readonly Column<Row>[];
  gap: string;
}

/** Below it, a column more is worth more than air. */
const ROOMY = 96;

export function fitColumns<Row>(columns: readonly Column<Row>[], width: number): Table<Row> {
  const gap = ' '.repeat(width < ROOMY ? 1 : 2);
  const droppable = columns
    .filter(({ dropOrder }) => dropOrder !== undefined)
    .sort((a, b) => (a.dropOrder ?? 0) - (b.dropOrder ?? 0));
  const dropped = new Set<Column<Row>>();
  const without = () => columns.filter((column) => !dropped.has(column));
  for (const column of droppable) {
    if (needed(without(), gap) <= width) break;
    dropped.add(column);
  }
  // A wide column that went may leave room for a narrow one that went before it.
  for (const column of droppable.toReversed()) {
    dropped.delete(column);
    if (needed(without(), gap) > width) dropped.add(column);
  }
  const shown = without();
  const left = Math.max(0, width - needed(shown, gap));
  return { columns: shown.map((column) => (column.grow ? { ...column, width: column.width + left } : column)), gap };
}

function needed(columns: readonly { width: number }[], gap: string): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + gap.length * Math.max(0, columns.length - 1);
}

export function headingLine<Row>({ columns, gap }: Table<Row>): Line {
  return columns.map(({ heading, width, align }, index) =>
    run(`${index === 0 ? '' : gap}${padTo(heading, width, align)}`, 'heading'),
  );
}

export function rowLine<Row>({ columns, gap }: Table<Row>, row: Row): Line {
  return columns.map(({ cell, width, align, cut, tone }, index) =>
    run(`${index === 0 ? '' : gap}${padTo(cell(row), width, align, cut)}`, tone?.(row)),
  );
}
