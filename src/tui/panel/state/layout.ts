/** Cells of the whole panel. */
export interface Size {
  columns: number;
  rows: number;
}

/** Where the parts of the requests view stand; a breakdown of no rows or columns is not shown. */
export interface RequestsLayout {
  beside: boolean;
  list: Size;
  breakdown: Size;
}

/** Rows of the panel beside the view: head, tabs, foot. */
const FRAME_ROWS = 3;

/** Of one request: what it is, and its sections. */
export const REQUEST_HEAD_ROWS = 2;

/** Between the two, side by side. */
export const DIVIDER = ' │ ';

/** So wide, both find room side by side: the list is wide, the breakdown is tall. */
const WIDE = 170;
/** So low, the list needs every row. */
const LOW = 12;
const SMALLEST_BREAKDOWN = 5;
/** From here on the list has enough rows with the smaller half. */
const HIGH = 24;

/** Of the view between the head and the foot. */
export function viewSize({ columns, rows }: Size): Size {
  return { columns, rows: Math.max(1, rows - FRAME_ROWS) };
}

export function requestsLayout(size: Size): RequestsLayout {
  const { columns, rows } = viewSize(size);
  if (columns >= WIDE) {
    const width = Math.floor(columns * 0.4);
    return {
      beside: true,
      list: { columns: columns - width - DIVIDER.length, rows },
      breakdown: { columns: width, rows },
    };
  }
  const height = rows < LOW ? 0 : Math.max(SMALLEST_BREAKDOWN, Math.floor(rows * (rows < HIGH ? 0.4 : 0.55)));
  return {
    beside: false,
    list: { columns, rows: rows - (height > 0 ? height + 1 : 0) },
    breakdown: { columns, rows: height },
  };
}
