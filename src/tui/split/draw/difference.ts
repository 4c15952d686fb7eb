import { type Grid, isSameCell } from './grid.js';
import { PLAIN } from './look.js';
import type { Pen } from './pen.js';

/** Blanks are erased rather than written from here on. */
const MIN_ERASED = 6;
/** Unchanged cells are written again rather than skipped up to here: a movement takes as many bytes. */
const MAX_BRIDGED = 4;

/**
 * Makes a terminal that shows one picture show another one.
 * @param seam the column at which the panel begins, or any: what is written in one go ends there, as it ends at a margin
 * @param erasesCells blanks can be erased
 */
export function drawDifference(pen: Pen, shown: Grid, wanted: Grid, seam: number, erasesCells: boolean): void {
  for (let y = 0; y < wanted.height; y += 1) {
    drawRow(pen, shown, wanted, y, 0, seam, erasesCells);
    drawRow(pen, shown, wanted, y, seam, wanted.width, erasesCells);
  }
}

function drawRow(pen: Pen, shown: Grid, wanted: Grid, y: number, from: number, to: number, erasesCells: boolean): void {
  const row = y * wanted.width;
  /** What is drawn even if it has not changed: a neighbour may have spilled into it. */
  let suspect = from;
  for (let x = from; x < to; ) {
    const at = row + x;
    if (x >= suspect && isSameCell(shown, at, wanted, at)) {
      x += 1;
      continue;
    }
    const blanks = erasesCells || to === wanted.width ? changedBlanks(shown, wanted, row, x, to) : 0;
    const reachesEdge = x + blanks === wanted.width;
    if (blanks >= MIN_ERASED && (erasesCells || reachesEdge)) {
      pen.moveTo(x, y);
      pen.erase(blanks);
      x += blanks;
      continue;
    }
    const text = wanted.texts[at] ?? ' ';
    const cells = x + 1 < to && wanted.texts[at + 1] === '' ? 2 : 1;
    bridge(pen, wanted, x, y);
    pen.moveTo(x, y);
    pen.write(text === '' ? ' ' : text, cells, wanted.looks[at] ?? PLAIN);
    x += cells;
    if (text.length > 1) suspect = Math.min(to, x + 2);
  }
}

/** Plain blanks from here to the last one that has changed. */
function changedBlanks(shown: Grid, wanted: Grid, row: number, from: number, to: number): number {
  let last = from - 1;
  for (let x = from; x < to; x += 1) {
    const at = row + x;
    if (wanted.texts[at] !== ' ' || wanted.looks[at] !== PLAIN) break;
    if (!isSameCell(shown, at, wanted, at)) last = x;
  }
  return last + 1 - from;
}

/** Writes the few unchanged cells between the pen and this place, where they look as what was written last. */
function bridge(pen: Pen, wanted: Grid, x: number, y: number): void {
  const distance = pen.distanceTo(x, y) ?? 0;
  if (distance === 0 || distance > MAX_BRIDGED) return;
  const at = y * wanted.width + x;
  for (let cell = at - distance; cell < at; cell += 1) {
    if (wanted.looks[cell] !== pen.look || wanted.texts[cell]?.length !== 1 || wanted.texts[cell + 1] === '') return;
  }
  for (let cell = at - distance; cell < at; cell += 1)
    pen.write(wanted.texts[cell] ?? ' ', 1, wanted.looks[cell] ?? PLAIN);
}
