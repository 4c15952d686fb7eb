import type { MouseEncoding } from './child-modes.js';
import type { Rect } from './layout.js';

/** A mouse report as the terminal outside sends it: `CSI < button ; column ; row M`, or `m` for a release. */
export interface MouseReport {
  /** Button, movement and modifiers, as bits. */
  button: number;
  /** Cells of the terminal outside, from 0. */
  x: number;
  y: number;
  released: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: reports are control sequences
const SGR_REPORT = /^\x1b\[<(\d+);(\d+);(\d+)([Mm])$/;

/** The largest coordinate that fits a byte, from 1: 255 - 32. */
const LARGEST_BYTE_COORDINATE = 223;
const RELEASE_BUTTON = 3;
const MODIFIERS = 4 | 8 | 16;

/** @returns null for every other sequence */
export function parseMouse(sequence: string): MouseReport | null {
  const [, button, column, row, final] = SGR_REPORT.exec(sequence) ?? [];
  if (!final) return null;
  return { button: Number(button), x: Number(column) - 1, y: Number(row) - 1, released: final === 'm' };
}

/**
 * The report as the child wants it, in its own coordinates; null when it is not the child's. A button that was pressed in
 * the child may be let go anywhere: that is told at the nearest edge, or the child would drag on for ever.
 */
export function mouseForChild(report: MouseReport, child: Rect, encoding: MouseEncoding): Buffer | null {
  const x = clamp(report.x - child.x, child.width);
  const y = clamp(report.y - child.y, child.height);
  const inside = x === report.x - child.x && y === report.y - child.y;
  if (!inside && !report.released) return null;
  return encode({ ...report, x, y }, encoding);
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, value));
}

function encode({ button, x, y, released }: MouseReport, encoding: MouseEncoding): Buffer | null {
  // Only the newer form tells which button was let go.
  const oldButton = 32 + (released ? (button & MODIFIERS) | RELEASE_BUTTON : button);
  switch (encoding) {
    case 'sgr':
      return Buffer.from(`\x1b[<${button};${x + 1};${y + 1}${released ? 'm' : 'M'}`);
    case 'urxvt':
      return Buffer.from(`\x1b[${oldButton};${x + 1};${y + 1}M`);
    case 'bytes': {
      if (x >= LARGEST_BYTE_COORDINATE || y >= LARGEST_BYTE_COORDINATE) return null;
      return Buffer.from([0x1b, 0x5b, 0x4d, oldButton, 33 + x, 33 + y]);
    }
    case 'pixels':
      return null;
  }
}
