/** The indexes of the selected row and of the first row on the screen. */
export interface Cursor {
  selected: number;
  top: number;
}

export type Motion = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last';

export const AT_TOP: Cursor = { selected: 0, top: 0 };
/** On the last row, however many there will be. */
export const AT_END: Cursor = { selected: Number.MAX_SAFE_INTEGER, top: Number.MAX_SAFE_INTEGER };

/** @param count of all rows @param height rows on the screen */
export function moved({ selected, top }: Cursor, motion: Motion, count: number, height: number): Cursor {
  return inSight({ selected: target(selected, motion, count, Math.max(1, height - 1)), top }, count, height);
}

/** For text, where nothing is selected. */
export function scrolled(top: number, motion: Motion, count: number, height: number): number {
  return Math.max(0, Math.min(target(top, motion, count, Math.max(1, height - 1)), count - height));
}

/** The screen moves by some lines, and the selected row stays on it. */
export function wheeled({ selected, top }: Cursor, lines: number, count: number, height: number): Cursor {
  const moved = Math.max(0, Math.min(top + lines, count - height));
  return { selected: Math.max(moved, Math.min(selected, moved + height - 1)), top: moved };
}

/** Brings the selected row into range and onto the screen, with the least scrolling. */
export function inSight({ selected, top }: Cursor, count: number, height: number): Cursor {
  const shown = Math.max(1, height);
  const chosen = Math.max(0, Math.min(selected, count - 1));
  const lowest = Math.max(0, Math.min(top, count - shown));
  return { selected: chosen, top: Math.max(Math.min(lowest, chosen), chosen - shown + 1) };
}

function target(from: number, motion: Motion, count: number, page: number): number {
  switch (motion) {
    case 'up':
      return from - 1;
    case 'down':
      return from + 1;
    case 'pageUp':
      return from - page;
    case 'pageDown':
      return from + page;
    case 'first':
      return 0;
    case 'last':
      return count - 1;
  }
}
