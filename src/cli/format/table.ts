import stringWidth from 'string-width';
import { printableLine } from './text.js';

/** A column of a table: its heading, side, and the cell of a row. One column may `grow`: it takes what width is left. */
export interface Column<Row> {
  heading: string;
  align?: 'left' | 'right';
  grow?: boolean;
  cell: (row: Row) => string;
}

const GAP = '  ';
const NARROWEST = 8;

/**
 * Lines of a table that fits `width` terminal columns, measured by display width, so that wide characters stay aligned.
 * @param width columns; Infinity (a pipe) cuts nothing
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = rows.map((row) => columns.map((column) => printableLine(column.cell(row))));
  const headings = columns.map((column) => column.heading);
  const widths = columns.map((_, index) =>
    [headings, ...cells].reduce((widest, line) => Math.max(widest, stringWidth(line[index] ?? '')), 0),
  );
  const total = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  const growing = columns.findIndex((column) => column.grow);
  const growingWidth = widths[growing];
  if (growingWidth !== undefined && total > width) {
    widths[growing] = Math.max(NARROWEST, growingWidth - (total - width));
  }
  return [headings, ...cells].map((line) =>
    line
      .map((text, index) =>
        pad(truncate(text, widths[index] ?? 0), widths[index] ?? 0, columns[index]?.align ?? 'left'),
      )
      .join(GAP)
      .trimEnd(),
  );
}

/** Cuts to a display width, with an ellipsis in the last column. */
function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const character of text) {
    const next = stringWidth(character);
    if (used + next > width - 1) break;
    cut += character;
    used += next;
  }
  return `${cut}…`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? space + text : text + space;
}
