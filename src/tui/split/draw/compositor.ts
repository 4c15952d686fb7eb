import { type PaneLayout, type Rect, rowsOf, type Size } from '../layout.js';
import type { TerminalKind } from '../outside/terminal-kind.js';
import { drawDifference } from './difference.js';
import { clearRow, createGrid, type Grid, scrollGrid } from './grid.js';
import { Pen } from './pen.js';
import { findScrolled } from './scrolled.js';
import { createRowPainter } from './styled-row.js';

export interface TerminalCursor {
  x: number;
  y: number;
  /** DECSCUSR; 0 is the terminal's own. */
  style: number;
  /** A hidden cursor needs a place too: input methods show there what is being typed. */
  isVisible: boolean;
}

/** What should be shown, part by part. Parts without a place in the layout are ignored. */
export interface Picture {
  child: ChildPicture;
  /** Rows of at most the panel's width. */
  panel: readonly string[];
  /** One row of the divider. */
  divider: string;
  bar: string;
  /** Over the last row of the child; null for none. */
  note: string | null;
  /** Null for hidden, anywhere. */
  cursor: TerminalCursor | null;
}

export interface ChildPicture {
  /** Draws all cells of the place. */
  draw(grid: Grid, place: Rect): void;
  /** Changes whenever `draw` may draw something else. */
  version(): number;
}

/** The content that was painted on a grid: a part with the same content is not painted again. */
interface Origin {
  child: string;
  panel: readonly string[];
}

const UNPAINTED: Origin = { child: '', panel: [] };

/** Abilities of the terminal, as far as it has answered. */
export interface DrawingAbilities {
  /** Left and right margins (DECLRMM). */
  sideMargins: boolean;
  /** Synchronized updates; null while unknown. */
  synchronized: boolean | null;
}

export interface Compositor {
  /** @returns what must be written for the terminal to show the picture */
  update(picture: Picture): string;
  /** The terminal has another size or layout, or another program wrote on it: everything is drawn again. */
  reset(terminal: Size, layout: PaneLayout): void;
}

const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** Shorter writes reach the terminal in one piece, so they need no synchronized update. */
const MIN_FRAMED = 128;

/**
 * Without synchronized updates, scrolling the other part too may be visible. It must save at least this share of the
 * bytes.
 */
const MAX_VISIBLE_SCROLL = 0.5;

/** Joins child and panel, and writes only the cells that changed, after scrolling where that leaves fewer of them. */
export function createCompositor(kind: TerminalKind, can: Readonly<DrawingAbilities>): Compositor {
  const rows = createRowPainter(kind);
  const erasesCells = kind.isXtermLike || kind.repertoire === 'console';
  let layout: PaneLayout | null = null;
  let size: Size = { width: 0, height: 0 };
  /** Null to draw everything again. */
  let shown: Grid | null = null;
  let spare: Grid | null = null;
  const origins = new WeakMap<Grid, Origin>();
  let pen = new Pen(size, { erasesCells, sideMargins: false });
  let cursorStyle = 0;
  let isCursorShown: boolean | null = null;

  function reset(terminal: Size, newLayout: PaneLayout): void {
    layout = newLayout;
    size = terminal;
    shown = null;
    spare = null;
    pen = new Pen(size, { erasesCells, sideMargins: can.sideMargins });
    isCursorShown = null;
  }

  function paint(grid: Grid, { child, panel, divider, bar }: PaneLayout, picture: Picture): void {
    const before = origins.get(grid) ?? UNPAINTED;
    const origin: Origin = { child: `${picture.child.version()} ${picture.note}`, panel: picture.panel };
    origins.set(grid, origin);
    if (child && origin.child !== before.child) {
      picture.child.draw(grid, cut(child, size));
      if (picture.note !== null) paintRow(grid, child, child.y + child.height - 1, picture.note);
    }
    if (divider) for (const y of rowsOf(divider)) paintRow(grid, divider, y, picture.divider);
    for (let y = 0; panel && y < panel.height; y += 1) {
      const row = origin.panel[y] ?? '';
      if (row !== (before.panel[y] ?? '')) paintRow(grid, panel, panel.y + y, row);
    }
    if (bar !== null) paintRow(grid, { x: 0, width: size.width }, bar, picture.bar);
    rows.endFrame();
  }

  function paintRow(grid: Grid, { x, width }: Pick<Rect, 'x' | 'width'>, y: number, row: string): void {
    clearRow(grid, x, y, width);
    rows.paint(grid, x, y, width, row);
  }

  /** Draws in the shortest way: with or without scrolling first. */
  function draw(from: Grid, wanted: Grid, { child, panel }: PaneLayout): void {
    const seam = child && child.width < size.width ? child.width : size.width;
    const start = pen;
    pen = start.copy();
    drawDifference(pen, from, wanted, seam, erasesCells);
    for (const part of [child, panel]) {
      if (!part) continue;
      const scrolled = findScrolled(from, wanted, cut(part, size));
      if (!scrolled) continue;
      const region = scrollable(scrolled.region);
      const other = start.copy();
      other.scroll(region, scrolled.by);
      drawDifference(other, scrollGrid(from, region, scrolled.by), wanted, seam, erasesCells);
      if (other.length < pen.length * (region.width === part.width || can.synchronized ? 1 : MAX_VISIBLE_SCROLL))
        pen = other;
    }
  }

  /** Without side margins whole rows scroll. The other part is put back at once. */
  function scrollable(region: Rect): Rect {
    if (region.width === size.width) return region;
    if (can.sideMargins && region.x === 0) return region;
    return { ...region, x: 0, width: size.width };
  }

  function cursorChange(cursor: TerminalCursor | null): string {
    let change = '';
    if (cursor) {
      pen.moveTo(Math.min(cursor.x, size.width - 1), Math.min(cursor.y, size.height - 1));
      change += pen.take();
      if (cursor.style !== cursorStyle && kind.isXtermLike) change += `\x1b[${cursor.style} q`;
      cursorStyle = cursor.style;
    }
    const isVisible = cursor?.isVisible ?? false;
    if (isVisible !== isCursorShown) change += isVisible ? SHOW_CURSOR : HIDE_CURSOR;
    isCursorShown = isVisible;
    return change;
  }

  return {
    reset,
    update(picture) {
      if (!layout) return '';
      const wanted = spare ?? createGrid(size);
      paint(wanted, layout, picture);
      const from = shown ?? createGrid(size);
      if (shown === null) pen.clear();
      draw(from, wanted, layout);
      spare = from;
      shown = wanted;
      const changes = pen.take();
      if (changes.length < MIN_FRAMED) return changes + cursorChange(picture.cursor);
      const hide = can.synchronized || isCursorShown === false ? '' : HIDE_CURSOR;
      if (hide) isCursorShown = false;
      const [begin, end] = can.synchronized === false ? ['', ''] : [BEGIN_UPDATE, END_UPDATE];
      return `${begin}${hide}${changes}${cursorChange(picture.cursor)}${end}`;
    },
  };
}

/** The emulator may be larger than a tiny terminal. */
function cut(rect: Rect, { width, height }: Size): Rect {
  return { ...rect, width: Math.min(rect.width, width - rect.x), height: Math.min(rect.height, height - rect.y) };
}
