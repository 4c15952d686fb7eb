import { displayWidth } from '../../text/fit.js';
import { printable } from '../../text/text.js';
import { cutLine, type Line, type Run } from './text/line.js';
import type { Theme } from './theme.js';

/**
 * Ink takes apart every cell and every line that it draws, in every frame: 40 ms for a panel of 200x50, where a key should be
 * answered in 50. So it lays out stand-ins: one character for a part of the screen, in its upper left corner, however
 * wide and high the part is. In the frame that comes out each is replaced by the rows of its part. What Ink draws on is then a
 * few columns wide, with a handful of characters on it.
 */

/** Parts of the screen that stand side by side, at most. */
export const MOST_PARTS = 4;

/** A row as the terminal gets it, and the blanks that fill it up to the width of its part. */
interface PaintedRow {
  text: string;
  blanks: number;
}

export interface Part {
  lines: readonly Line[];
  width: number;
  /** Rows that it takes, filled or not. */
  height: number;
  /** Index of the line that is selected. */
  selected?: number | undefined;
}

/**
 * `!` to `~`. Ink's frames hold nothing else: what was captured never gets there. Ink knows the width of ASCII without patterns
 * for emoji, which take 30 ms to compile.
 */
const FIRST = 0x21;
/** Far more than a frame has parts: the one that was looked at longest ago is forgotten when all are taken. */
const COUNT = 94;

const painted = new Map<string, readonly PaintedRow[]>();
/** By what they stand for, the latest used last. */
const standIns = new Map<string, string>();

/** What Ink draws in place of a part: the same for the same rows, so that what did not change is not drawn. */
export function standInFor({ lines, width, height, selected }: Part, theme: Theme): string {
  const rows = Array.from({ length: height }, (_, index) =>
    paintedRow(lines[index] ?? [], theme, width, index === selected),
  );
  const key = `${width} ${rows.map((row) => row.text).join('\n')}`;
  const standIn = standIns.get(key) ?? unusedStandIn();
  standIns.delete(key);
  standIns.set(key, standIn);
  painted.set(standIn, rows);
  return standIn;
}

function unusedStandIn(): string {
  const [oldest] = standIns;
  if (standIns.size < COUNT || oldest === undefined) return String.fromCodePoint(FIRST + standIns.size);
  const [key, standIn] = oldest;
  standIns.delete(key);
  return standIn;
}

function paintedRow(line: Line, theme: Theme, width: number, selected: boolean): PaintedRow {
  // The last barrier: what no line has looked at.
  const shown = cutLine(line, width).map(({ text, tone }) => ({ text: printable(text), tone }));
  const text = shown.map((run) => run.text).join('');
  const blanks = Math.max(0, width - displayWidth(text));
  if (selected) {
    const filled = [...shown, { text: ' '.repeat(blanks) }];
    return { text: filled.map((run) => sgr(run.text, selectedLook(run, theme))).join(''), blanks: 0 };
  }
  return {
    text: shown.map((run) => (run.tone === undefined ? run.text : sgr(run.text, theme[run.tone]))).join(''),
    blanks,
  };
}

/** The rows of a frame of Ink's. */
export function rowsOf(frame: string): string[] {
  const lines = frame.split('\n');
  const parts = lines.map((): PaintedRow[] => []);
  for (const [y, line] of lines.entries()) {
    for (const character of line) {
      for (const [index, row] of (painted.get(character) ?? []).entries()) parts[y + index]?.push(row);
    }
  }
  return parts.map((row) =>
    row.map(({ text, blanks }, index) => (index === row.length - 1 ? text : text + ' '.repeat(blanks))).join(''),
  );
}

/** What is dim elsewhere would be hard to read. */
function selectedLook({ tone }: Run, theme: Theme): string {
  return tone === undefined || tone === 'dim' || theme[tone] === ''
    ? theme.selected
    : `${theme.selected};${theme[tone]}`;
}

function sgr(text: string, parameters: string): string {
  return parameters === '' || text === '' ? text : `\x1b[${parameters}m${text}\x1b[0m`;
}
