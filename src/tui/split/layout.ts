export interface Size {
  width: number;
  height: number;
}

/** In cells of the outer terminal, from 0. */
export interface Rect extends Size {
  x: number;
  y: number;
}

export function rowsOf({ y, height }: Rect): number[] {
  return Array.from({ length: height }, (_, row) => y + row);
}

/** What the user wants to see: both panes, one alone, or the child with the panel reduced to a status bar. */
export type PaneView = 'both' | 'child' | 'panel' | 'hidden';

export interface PaneLayout {
  /** Of the pty. It stays while the panel is zoomed, so that the child does not redraw. */
  childSize: Size;
  /** The child is always at the left and upper edge. */
  child: Rect | null;
  panel: Rect | null;
  /** Beside the child a line and a blank, below it a line. */
  divider: Rect | null;
  /** The row of the status bar. */
  bar: number | null;
}

/** Claude Code and most full-screen programs are made for 80 columns; they stay readable a little below. */
const CHILD_COLUMNS = { least: 72, share: 0.6 };
const PANEL_COLUMNS = { least: 44, most: 110 };
const DIVIDER_COLUMNS = 2;
const LEAST_WIDTH_FOR_COLUMNS = CHILD_COLUMNS.least + DIVIDER_COLUMNS + PANEL_COLUMNS.least;

const CHILD_ROWS = { least: 18, share: 0.6 };
const PANEL_ROWS = { least: 9, most: 30 };
const LEAST_HEIGHT_FOR_ROWS = CHILD_ROWS.least + 1 + PANEL_ROWS.least;
/** A narrower panel would show only ellipses. */
const LEAST_WIDTH_FOR_ROWS = 40;

const LEAST_HEIGHT_FOR_BAR = 4;

/** The emulator has at least two columns. */
const LEAST_CHILD: Size = { width: 2, height: 1 };

/** Where the panes are on a terminal of this size. A tiny terminal is the child's. */
export function arrangePanes(terminal: Size, view: PaneView): PaneLayout {
  const both = sideBySide(terminal) ?? stacked(terminal);
  if (view === 'both' && both) return both;
  if (view === 'panel') {
    const { childSize } = both ?? barred(terminal);
    return { childSize, child: null, panel: at(0, 0, terminal), divider: null, bar: null };
  }
  return view === 'child' ? alone(terminal) : barred(terminal);
}

function sideBySide({ width, height }: Size): PaneLayout | null {
  if (width < LEAST_WIDTH_FOR_COLUMNS || height < LEAST_HEIGHT_FOR_BAR) return null;
  const wanted = width - DIVIDER_COLUMNS - Math.max(CHILD_COLUMNS.least, Math.ceil(width * CHILD_COLUMNS.share));
  const panelWidth = Math.min(PANEL_COLUMNS.most, Math.max(PANEL_COLUMNS.least, wanted));
  const childSize = { width: width - DIVIDER_COLUMNS - panelWidth, height };
  return {
    childSize,
    child: at(0, 0, childSize),
    divider: at(childSize.width, 0, { width: DIVIDER_COLUMNS, height }),
    panel: at(childSize.width + DIVIDER_COLUMNS, 0, { width: panelWidth, height }),
    bar: null,
  };
}

function stacked({ width, height }: Size): PaneLayout | null {
  if (height < LEAST_HEIGHT_FOR_ROWS || width < LEAST_WIDTH_FOR_ROWS) return null;
  const wanted = height - 1 - Math.max(CHILD_ROWS.least, Math.ceil(height * CHILD_ROWS.share));
  const panelHeight = Math.min(PANEL_ROWS.most, Math.max(PANEL_ROWS.least, wanted));
  const childSize = { width, height: height - 1 - panelHeight };
  return {
    childSize,
    child: at(0, 0, childSize),
    divider: at(0, childSize.height, { width, height: 1 }),
    panel: at(0, childSize.height + 1, { width, height: panelHeight }),
    bar: null,
  };
}

function barred(terminal: Size): PaneLayout {
  if (terminal.height < LEAST_HEIGHT_FOR_BAR) return alone(terminal);
  return { ...alone({ ...terminal, height: terminal.height - 1 }), bar: terminal.height - 1 };
}

function alone({ width, height }: Size): PaneLayout {
  const childSize = { width: Math.max(LEAST_CHILD.width, width), height: Math.max(LEAST_CHILD.height, height) };
  return { childSize, child: at(0, 0, childSize), panel: null, divider: null, bar: null };
}

function at(x: number, y: number, { width, height }: Size): Rect {
  return { x, y, width, height };
}
