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
  /** Size of the pty. It stays while the panel is zoomed, so that the child does not redraw. */
  childSize: Size;
  /** The child is always at the left and upper edge. */
  child: Rect | null;
  panel: Rect | null;
  /** Beside the child a line and a blank, below it a line. */
  divider: Rect | null;
  /** The row of the status bar. */
  bar: number | null;
}

/** The panel's share of the columns beside the child, or of the rows below it, as the user wants it. */
export interface WantedShares {
  beside?: number;
  below?: number;
}

/** How two panes share a length by default, and the least that the user can leave to each. */
interface Sharing {
  /** `least` is for two panes to be shown at all. */
  child: { least: number; leastWanted: number; share: number };
  panel: { least: number; most: number };
  divider: number;
}

/** Claude Code and most full-screen programs are made for 80 columns; they stay readable a little below. */
const COLUMNS: Sharing = {
  child: { least: 72, leastWanted: 40, share: 0.6 },
  panel: { least: 44, most: 110 },
  divider: 2,
};
const ROWS: Sharing = { child: { least: 18, leastWanted: 8, share: 0.6 }, panel: { least: 9, most: 30 }, divider: 1 };
/** A narrower panel would show only ellipses. */
const LEAST_WIDTH_FOR_ROWS = 40;

const LEAST_HEIGHT_FOR_BAR = 4;

/** The emulator has at least two columns. */
const LEAST_CHILD: Size = { width: 2, height: 1 };

/** Where the panes are on a terminal of this size. A tiny terminal is the child's. */
export function arrangePanes(terminal: Size, view: PaneView, wanted: WantedShares = {}): PaneLayout {
  const both = sideBySide(terminal, wanted.beside) ?? stacked(terminal, wanted.below);
  if (view === 'both' && both) return both;
  if (view === 'panel') {
    const { childSize } = both ?? barred(terminal);
    return { childSize, child: null, panel: at(0, 0, terminal), divider: null, bar: null };
  }
  return view === 'child' ? alone(terminal) : barred(terminal);
}

/** The share that puts the border at a place, or moves it by some steps; null unless two panes are shown. */
export function shareFor(
  { panel, divider }: Pick<PaneLayout, 'panel' | 'divider'>,
  terminal: Size,
  move: { to: { x: number; y: number } } | { steps: number },
): WantedShares | null {
  if (!panel || !divider) return null;
  const isBeside = panel.y === 0;
  const [whole, size, step] = isBeside
    ? [terminal.width, panel.width, STEP.columns]
    : [terminal.height, panel.height, STEP.rows];
  const end = isBeside ? panel.x + panel.width - divider.width : panel.y + panel.height - divider.height;
  const length = 'to' in move ? end - (isBeside ? move.to.x : move.to.y) : size + move.steps * step;
  const { least, most } = boundsOf(isBeside ? COLUMNS : ROWS, whole);
  const share = clamp(length, least, most) / whole;
  return isBeside ? { beside: share } : { below: share };
}

const STEP = { columns: 4, rows: 2 };

/** Bounds of the panel's length, if the user chooses it. */
function boundsOf({ child, panel, divider }: Sharing, whole: number): { least: number; most: number } {
  return { least: panel.least, most: whole - divider - child.leastWanted };
}

/** The length of the panel; null if there is no room for both. */
function panelLength(sharing: Sharing, whole: number, wanted: number | undefined): number | null {
  const { child, panel, divider } = sharing;
  if (whole < child.least + divider + panel.least) return null;
  if (wanted !== undefined) {
    const { least, most } = boundsOf(sharing, whole);
    return clamp(Math.round(whole * wanted), least, most);
  }
  return clamp(whole - divider - Math.max(child.least, Math.ceil(whole * child.share)), panel.least, panel.most);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function sideBySide({ width, height }: Size, wanted: number | undefined): PaneLayout | null {
  const panelWidth = panelLength(COLUMNS, width, wanted);
  if (panelWidth === null || height < LEAST_HEIGHT_FOR_BAR) return null;
  const childSize = { width: width - COLUMNS.divider - panelWidth, height };
  return {
    childSize,
    child: at(0, 0, childSize),
    divider: at(childSize.width, 0, { width: COLUMNS.divider, height }),
    panel: at(childSize.width + COLUMNS.divider, 0, { width: panelWidth, height }),
    bar: null,
  };
}

function stacked({ width, height }: Size, wanted: number | undefined): PaneLayout | null {
  const panelHeight = panelLength(ROWS, height, wanted);
  if (panelHeight === null || width < LEAST_WIDTH_FOR_ROWS) return null;
  const childSize = { width, height: height - ROWS.divider - panelHeight };
  return {
    childSize,
    child: at(0, 0, childSize),
    divider: at(0, childSize.height, { width, height: ROWS.divider }),
    panel: at(0, childSize.height + ROWS.divider, { width, height: panelHeight }),
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
