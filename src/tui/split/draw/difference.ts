import { type Grid, isSameCell } from './grid.js';
import { PLAIN } from './look.js';
import type { Pen } from './pen.js';

/** This many blanks are erased rather than written. */
const MIN_ERASED = 6;
/** Up to this many unchanged cells are written again rather than skipped: moving the cursor takes as many bytes. */
const MAX_BRIDGED = 4;

/**
 * Turns one picture on the terminal into another.
 * @param seam the column at which the panel begins: no run of text crosses it, as a margin may be there
 * @param erasesCells whether blanks can be erased
 */
export function drawDifference(pen: Pen, shown: Grid, wanted: Grid, seam: number, erasesCells: boolean): void {
  for (let y = 0; y < wanted.height; y += 1) {
    drawRow(pen, shown, wanted, y, 0, seam, erasesCells);
    drawRow(pen, shown, wanted, y, seam, wanted.width, erasesCells);
  }
}

function drawRow(pen: Pen, shown: Grid, wanted: Grid, y: number, from: number, to: number, erasesCells: boolean): void {
  const row = y * wanted.width;
  /** Up to here cells are drawn even if unchanged: their neighbour may have spilled into them. */
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
    bridge(pen, wanted, x, y);
    pen.moveTo(x, y);
    const run = changedRun(shown, wanted, at, row + to);
    if (run.length > 1) {
      pen.writeRun(run, wanted.looks[at] ?? PLAIN);
      x += run.length;
      continue;
    }
    const text = wanted.texts[at] ?? ' ';
    const cells = x + 1 < to && wanted.texts[at + 1] === '' ? 2 : 1;
    pen.write(text === '' ? ' ' : text, cells, wanted.looks[at] ?? PLAIN);
    x += cells;
    // A terminal that does not join them shows each of the characters, in up to two cells.
    if (text.length > 1) suspect = Math.min(to, x + 2 * Array.from(text).length);
  }
}

/** Changed characters of one cell each and one look, from here on. Ends at blanks that could be erased. */
function changedRun(shown: Grid, wanted: Grid, from: number, to: number): string {
  const look = wanted.looks[from];
  let run = '';
  for (let at = from; at < to && wanted.looks[at] === look && !isSameCell(shown, at, wanted, at); at += 1) {
    const text = wanted.texts[at] ?? '';
    if (text.length !== 1 || (text === ' ' && look === PLAIN) || (at + 1 < to && wanted.texts[at + 1] === '')) break;
    run += text;
  }
  return run;
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

/** Writes the few unchanged cells between the pen and this place, if they have the look of the pen. */
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
