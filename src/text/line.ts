import { displayWidth, truncate } from './fit.js';
import { style, type Tone } from './style.js';

/** A part of a line in one style. Its text is on one line and has no control characters. */
export interface Fragment {
  text: string;
  tone?: Tone | undefined;
}

export type Line = readonly Fragment[];

export function fragment(text: string, tone?: Tone): Fragment {
  return { text, tone };
}

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** As stdout gets it: with its colours, without blanks at its end. */
export function styledLine(line: Line): string {
  return line
    .map(({ text, tone }) => style(text, tone))
    .join('')
    .trimEnd();
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** The index of the fragment at a column, counted from 0; -1 behind the last fragment. */
export function fragmentAt(line: Line, column: number): number {
  let end = 0;
  return line.findIndex(({ text }) => {
    end += displayWidth(text);
    return column < end;
  });
}

/** At most `width` columns, with an ellipsis where something is missing. */
export function cutLine(line: Line, width: number): Line {
  const shown: Fragment[] = [];
  let left = width;
  for (const { text, tone } of line) {
    const each = displayWidth(text);
    if (each > left) {
      if (left > 0) shown.push({ text: truncate(text, left), tone });
      return shown;
    }
    shown.push({ text, tone });
    left -= each;
  }
  return shown;
}

/** `left` and `right` at the two ends of a line. Where both do not fit, `left` is cut. */
export function spread(left: Line, right: Line, width: number): Line {
  const room = width - widthOf(right) - 1;
  if (room < 8) return cutLine(left, width);
  const shown = cutLine(left, room);
  return [...shown, fragment(' '.repeat(width - widthOf(shown) - widthOf(right))), ...right];
}
