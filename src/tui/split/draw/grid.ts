import type { Rect, Size } from '../layout.js';
import { type Look, PLAIN } from './look.js';

/** The cells of a terminal, row by row. */
export interface Grid extends Size {
  /** The character of each cell; empty in the right half of a wide one. */
  readonly texts: string[];
  readonly looks: Look[];
}

export function createGrid({ width, height }: Size): Grid {
  return {
    width,
    height,
    texts: new Array<string>(width * height).fill(' '),
    looks: new Array<Look>(width * height).fill(PLAIN),
  };
}

export function clearRow({ texts, looks, width: gridWidth }: Grid, x: number, y: number, width: number): void {
  const from = y * gridWidth + x;
  const to = Math.min(from + width, (y + 1) * gridWidth);
  texts.fill(' ', from, to);
  looks.fill(PLAIN, from, to);
}

/** @param at must be on the grid @param cells 1 or 2 */
export function putCell({ texts, looks }: Grid, at: number, text: string, cells: number, look: Look): void {
  texts[at] = text;
  looks[at] = look;
  if (cells < 2) return;
  texts[at + 1] = '';
  looks[at + 1] = look;
}

export function isSameCell(one: Grid, at: number, other: Grid, otherAt: number): boolean {
  return one.texts[at] === other.texts[otherAt] && one.looks[at] === other.looks[otherAt];
}

export function isSameRow(one: Grid, y: number, other: Grid, otherY: number, { x, width }: Rect): boolean {
  const from = y * one.width + x;
  const otherFrom = otherY * other.width + x;
  for (let cell = 0; cell < width; cell += 1) {
    if (!isSameCell(one, from + cell, other, otherFrom + cell)) return false;
  }
  return true;
}

export function isBlankRow({ texts, looks, width: gridWidth }: Grid, y: number, { x, width }: Rect): boolean {
  const from = y * gridWidth + x;
  for (let at = from; at < from + width; at += 1) if (texts[at] !== ' ' || looks[at] !== PLAIN) return false;
  return true;
}

/** As a terminal scrolls this part: new lines are blank. @param by lines up; negative for down */
export function scrollGrid(grid: Grid, { x, y: top, width, height }: Rect, by: number): Grid {
  const scrolled: Grid = { ...grid, texts: [...grid.texts], looks: [...grid.looks] };
  for (let y = top; y < top + height; y += 1) {
    const from = y + by;
    const isInside = from >= top && from < top + height;
    for (let cell = x; cell < x + width; cell += 1) {
      const at = from * grid.width + cell;
      scrolled.texts[y * grid.width + cell] = isInside ? (grid.texts[at] ?? ' ') : ' ';
      scrolled.looks[y * grid.width + cell] = isInside ? (grid.looks[at] ?? PLAIN) : PLAIN;
    }
  }
  return scrolled;
}
