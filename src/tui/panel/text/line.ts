import { displayWidth, truncate } from '../../../text/fit.js';
import type { Tone } from '../theme.js';

/** A piece of a line that looks the same throughout. Text is on one line and without control characters. */
export interface Run {
  text: string;
  tone?: Tone | undefined;
}

export type Line = readonly Run[];

export function run(text: string, tone?: Tone): Run {
  return { text, tone };
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** At most `width` columns: what does not fit is cut, with an ellipsis. */
export function cutLine(line: Line, width: number): Line {
  const shown: Run[] = [];
  let left = width;
  for (const { text, tone } of line) {
    const each = displayWidth(text);
    if (each <= left) {
      shown.push({ text, tone });
      left -= each;
      continue;
    }
    if (left > 0) shown.push({ text: truncate(text, left), tone });
    // A wide character that did not fit leaves a column: the ellipsis was put there already.
    return shown;
  }
  return shown;
}

/** `left` and `right` at the two ends of a line; what is left gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  const room = width - widthOf(right) - 1;
  if (room < 8) return cutLine(left, width);
  const shown = cutLine(left, room);
  return [...shown, run(' '.repeat(width - widthOf(shown) - widthOf(right))), ...right];
}
