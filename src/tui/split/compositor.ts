import type { Layout, Rect, Size } from './layout.js';
import type { Cursor } from './screen.js';

/** What shall be seen, part by part. A part that has no place in the layout is not looked at. */
export interface Picture {
  /** Rows that fill the child's width exactly. */
  child: readonly string[];
  /** Rows of at most the panel's width. */
  panel: readonly string[];
  /** One row of the divider. */
  divider: string;
  bar: string;
  /** Over the last row of the child; null for none. */
  note: string | null;
  /** Null: hidden. */
  cursor: Cursor | null;
}

export interface Compositor {
  /** @returns what makes the terminal show the picture; empty when it does already */
  update(picture: Picture): string;
  /** The terminal has another size or layout, or somebody else wrote on it: everything is drawn anew. */
  reset(terminal: Size, layout: Layout): void;
}

const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';
const HIDE_CURSOR = '\x1b[?25l';
const PLAIN_STYLE = '\x1b[0m';
const CLEAR_SCREEN = `${PLAIN_STYLE}\x1b[2J`;

/**
 * Joins child and panel row by row and writes only the rows that changed, inside one synchronized update. Columns are set
 * absolutely: what the terminal draws wider or narrower than we think stays in its own part.
 */
export function createCompositor(): Compositor {
  let layout: Layout | null = null;
  let height = 0;
  let shown: string[] = [];
  let shownCursor = '';

  return {
    reset(terminal, newLayout) {
      layout = newLayout;
      height = terminal.height;
      shown = [];
      shownCursor = '';
    },
    update(picture) {
      if (!layout) return '';
      const rows = joinRows(layout, height, picture);
      let changes = shown.length === 0 ? CLEAR_SCREEN : '';
      for (const [y, row] of rows.entries()) {
        if (row !== shown[y]) changes += `\x1b[${y + 1};1H${row}`;
      }
      const cursor = cursorSequence(picture.cursor);
      if (changes === '' && cursor === shownCursor) return '';
      shown = rows;
      shownCursor = cursor;
      return changes === '' ? cursor : `${BEGIN_UPDATE}${HIDE_CURSOR}${changes}${cursor}${END_UPDATE}`;
    },
  };
}

/** One string for every row of the terminal, with all that stands in it. */
function joinRows({ child, panel, divider, bar }: Layout, height: number, picture: Picture): string[] {
  return Array.from({ length: height }, (_, y) => {
    let row = '';
    if (covers(child, y)) {
      const note = y === child.height - 1 ? picture.note : null;
      row += note === null ? (picture.child[y] ?? '') : place(child, note);
    }
    if (covers(divider, y)) row += place(divider, picture.divider);
    if (covers(panel, y)) row += place(panel, picture.panel[y - panel.y] ?? '');
    if (y === bar) row += `\x1b[2K${picture.bar}${PLAIN_STYLE}`;
    return row;
  });
}

function covers(rect: Rect | null, y: number): rect is Rect {
  return rect !== null && y >= rect.y && y < rect.y + rect.height;
}

/** Clears the part's cells of this row, then writes into them. */
function place({ x, width }: Rect, text: string): string {
  return `\x1b[${x + 1}G\x1b[${width}X${text}${PLAIN_STYLE}`;
}

function cursorSequence(cursor: Cursor | null): string {
  if (!cursor) return HIDE_CURSOR;
  return `\x1b[${cursor.y + 1};${cursor.x + 1}H\x1b[${cursor.style} q\x1b[?25h`;
}
