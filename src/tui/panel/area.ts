import { displayWidth } from '../../text/fit.js';
import { cutLine, type Fragment, type Line } from '../../text/line.js';
import { printable } from '../../text/text.js';
import type { Intent } from './state/intents.js';
import type { Theme } from './theme.js';

/** A rectangle of the panel that shows lines from its top. */
export interface Area {
  lines: readonly Line[];
  width: number;
  height: number;
  /** Index of the line that is highlighted. */
  selected?: number | undefined;
  /** What a click means; null if nothing. @param x column @param y line, both from 0 */
  click?: (x: number, y: number) => Intent | null;
  /** What a step of the wheel means. Without it, the view scrolls. */
  wheel?: (by: 1 | -1) => Intent;
}

/** Areas of one height, side by side. */
export type Band = readonly Area[];

/**
 * The rows of the panel, as the terminal gets them: bands one below the other. Ink would draw them too, but it takes
 * apart every character of every frame, which took 40 ms for a panel of 200x50.
 */
export function paint(bands: readonly Band[], theme: Theme): string[] {
  return bands.flatMap((band) =>
    Array.from({ length: band[0]?.height ?? 0 }, (_, y) =>
      band.map((area, index) => paintedRow(area, y, theme, index < band.length - 1)).join(''),
    ),
  );
}

/** The area at a position, and the position inside it; null if there is no area. */
export function areaAt(bands: readonly Band[], x: number, y: number): { area: Area; x: number; y: number } | null {
  let top = 0;
  for (const band of bands) {
    const height = band[0]?.height ?? 0;
    let left = 0;
    for (const area of y < top + height ? band : []) {
      if (x < left + area.width) return { area, x: x - left, y: y - top };
      left += area.width;
    }
    if (y < top + height) return null;
    top += height;
  }
  return null;
}

/** @param isFilled with blanks to the width of the area; a highlighted row always is */
function paintedRow({ lines, width, selected }: Area, y: number, theme: Theme, isFilled: boolean): string {
  // The last barrier, for text that was not made printable before.
  const shown = cutLine(lines[y] ?? [], width).map(({ text, tone }) => ({ text: printable(text), tone }));
  const used = shown.reduce((sum, { text }) => sum + displayWidth(text), 0);
  const blanks = { text: ' '.repeat(Math.max(0, width - used)) };
  if (y === selected) return [...shown, blanks].map((each) => sgr(each.text, selectedLook(each, theme))).join('');
  const text = shown.map((each) => (each.tone === undefined ? each.text : sgr(each.text, theme[each.tone]))).join('');
  return isFilled ? text + blanks.text : text;
}

/** Dim text would be hard to read on the background of the selected row. */
function selectedLook({ tone }: Fragment, theme: Theme): string {
  return tone === undefined || tone === 'dim' || theme[tone] === ''
    ? theme.selected
    : `${theme.selected};${theme[tone]}`;
}

function sgr(text: string, parameters: string): string {
  return parameters === '' || text === '' ? text : `\x1b[${parameters}m${text}\x1b[0m`;
}
