import { type Rect, rowsOf } from '../layout.js';
import { type Grid, isBlankRow, isSameRow } from './grid.js';

/** Lines of a part that moved together. */
export interface Scrolled {
  /** As wide as the part. */
  region: Rect;
  /** Lines up; negative for down. */
  by: number;
}

/** Fewer changed rows are not worth scrolling. */
const MIN_ROWS = 2;

/**
 * Finds lines of a part that moved together, as when a program writes at the end of its screen or scrolls through a
 * file.
 */
export function findScrolled(shown: Grid, wanted: Grid, part: Rect): Scrolled | null {
  const changed = rowsOf(part).filter((y) => !isSameRow(shown, y, wanted, y, part));
  if (changed.length < MIN_ROWS) return null;
  const by = mostCommonMove(shown, wanted, part, changed);
  return by === null ? null : longestRun(shown, wanted, part, by);
}

function mostCommonMove(shown: Grid, wanted: Grid, part: Rect, changed: readonly number[]): number | null {
  const votes = new Map<number, number>();
  for (const y of changed) {
    if (isBlankRow(wanted, y, part)) continue;
    for (let from = part.y; from < part.y + part.height; from += 1) {
      if (from !== y && isSameRow(shown, from, wanted, y, part)) votes.set(from - y, (votes.get(from - y) ?? 0) + 1);
    }
  }
  let best: number | null = null;
  for (const [by, count] of votes) if (count > (best === null ? 0 : (votes.get(best) ?? 0))) best = by;
  return best;
}

/** The longest sequence of rows that all moved by the same number of lines. */
function longestRun(shown: Grid, wanted: Grid, part: Rect, by: number): Scrolled | null {
  let best = { first: 0, length: 0 };
  let length = 0;
  for (const y of rowsOf(part)) {
    const isThere = y + by >= part.y && y + by < part.y + part.height && isSameRow(shown, y + by, wanted, y, part);
    length = isThere ? length + 1 : 0;
    if (length > best.length) best = { first: y - length + 1, length };
  }
  if (best.length === 0) return null;
  const first = Math.min(best.first, best.first + by);
  return { by, region: { ...part, y: first, height: best.length + Math.abs(by) } };
}
