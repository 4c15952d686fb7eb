import type { Tone } from '../theme.js';
import { type Cut, fit } from './fit.js';
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

const GAP = '  ';

/** The columns that fit, each as wide as it is shown. */
export function fitColumns<Row>(columns: readonly Column<Row>[], width: number): Column<Row>[] {
  const droppable = columns
    .filter(({ dropOrder }) => dropOrder !== undefined)
    .sort((a, b) => (a.dropOrder ?? 0) - (b.dropOrder ?? 0));
  let shown = [...columns];
  while (needed(shown) > width) {
    const next = droppable.shift();
    if (next === undefined) break;
    shown = shown.filter((column) => column !== next);
  }
  const left = Math.max(0, width - needed(shown));
  return shown.map((column) => (column.grow ? { ...column, width: column.width + left } : column));
}

function needed(columns: readonly { width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, 0) + GAP.length * Math.max(0, columns.length - 1);
}

export function headingLine<Row>(columns: readonly Column<Row>[]): Line {
  return columns.map(({ heading, width, align }, index) =>
    run(`${index === 0 ? '' : GAP}${fit(heading, width, align)}`, 'heading'),
  );
}

export function rowLine<Row>(columns: readonly Column<Row>[], row: Row): Line {
  return columns.map(({ cell, width, align, cut, tone }, index) =>
    run(`${index === 0 ? '' : GAP}${fit(cell(row), width, align, cut)}`, tone?.(row)),
  );
}
