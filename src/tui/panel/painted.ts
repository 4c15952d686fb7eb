import { displayWidth, padTo } from '../../cli/format/fit.js';
import { cutLine, type Line } from './text/line.js';
import type { Theme } from './theme.js';

/**
 * Ink takes apart every cell that it draws, in every frame: 40 ms for a panel of 200x50, where a key should be answered in
 * 50. So it lays out stand-ins: one private character for a row of a part of the screen, however wide the part is. In the
 * frame that comes out each is replaced by its row. What Ink draws on is then a few columns wide.
 */

/** Parts of the screen that stand side by side, at most. */
export const MOST_PARTS = 4;

/** A row as the terminal gets it, and the blanks that fill it up to the width of its part. */
interface Painted {
  text: string;
  blanks: number;
}

/** Supplementary Private Use Area-A, one column each. Ink's frames hold nothing else: what was captured never gets there. */
const FIRST = 0xf0000;
/** Of them, more than a frame has rows, and few enough to keep: the oldest row is forgotten when all are taken. */
const COUNT = 0x4000;

const painted = new Map<string, Painted>();
const standIns = new Map<string, string>();
let next = 0;

/** What Ink draws in place of a line: the same for the same line, so that what did not change is not drawn. */
export function standInFor(line: Line, theme: Theme, width: number, selected: boolean): string {
  const shown = cutLine(line, width);
  const text = shown.map((run) => run.text).join('');
  const styled = selected
    ? sgr(padTo(text, width), theme.selected)
    : shown.map((run) => (run.tone === undefined ? run.text : sgr(run.text, theme[run.tone]))).join('');
  const key = `${width} ${styled}`;
  const known = standIns.get(key);
  if (known !== undefined) return known;
  const standIn = String.fromCodePoint(FIRST + next);
  next = (next + 1) % COUNT;
  const [oldest] = standIns.keys();
  if (standIns.size >= COUNT && oldest !== undefined) standIns.delete(oldest);
  painted.set(standIn, { text: styled, blanks: selected ? 0 : Math.max(0, width - displayWidth(text)) });
  standIns.set(key, standIn);
  return standIn;
}

/** The rows of a frame of Ink's. */
export function rowsOf(frame: string): string[] {
  return frame.split('\n').map((line) => {
    let row = '';
    let blanks = 0;
    for (const character of line) {
      const part = painted.get(character);
      if (part === undefined) continue;
      row += ' '.repeat(blanks) + part.text;
      blanks = part.blanks;
    }
    return row;
  });
}

function sgr(text: string, parameters: string): string {
  return parameters === '' || text === '' ? text : `\x1b[${parameters}m${text}\x1b[0m`;
}
