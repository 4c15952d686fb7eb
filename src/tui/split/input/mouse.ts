import type { MouseEncoding, MouseTracking } from '../child/child-modes.js';
import type { Rect } from '../layout.js';
import type { PanelMouse } from '../panel.js';

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

/** 255 - 32; coordinates begin at 1. */
const MAX_BYTE_COORDINATE = 223;
/** The bits of the button in reports of movements, and of releases in the older forms. */
const NO_BUTTON = 3;
const MODIFIERS = 4 | 8 | 16;
const MOVEMENT = 32;
const WHEEL = 64;

/** @returns null for every other sequence */
export function parseMouse(sequence: string): MouseReport | null {
  const [, button, column, row, final] = SGR_REPORT.exec(sequence) ?? [];
  if (!final) return null;
  return { button: Number(button), x: Number(column) - 1, y: Number(row) - 1, released: final === 'm' };
}

/**
 * The report in the form and the coordinates of the child; null when it is not for the child. A button may be released
 * outside of the child. That is reported at the nearest edge, as the child would drag forever otherwise.
 */
export function mouseForChild(report: MouseReport, child: Rect, encoding: MouseEncoding): Buffer | null {
  if (!isOn(child, report) && !report.released) return null;
  const x = clamp(report.x - child.x, child.width);
  const y = clamp(report.y - child.y, child.height);
  return encode({ ...report, x, y }, encoding);
}

export function isOn(rect: Rect, { x, y }: MouseReport): boolean {
  return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

export function isPress({ button, released }: MouseReport): boolean {
  return !released && (button & (MOVEMENT | WHEEL)) === 0;
}

export function isMovement({ button }: MouseReport): boolean {
  return (button & MOVEMENT) !== 0;
}

/** Null for everything but the wheel, and for wheels that turn sideways. */
export function wheelOf({ button }: MouseReport): 'wheelUp' | 'wheelDown' | null {
  if ((button & WHEEL) === 0 || (button & 2) !== 0) return null;
  return (button & 1) === 0 ? 'wheelUp' : 'wheelDown';
}

/** Whether a program that asked for this tracking gets the report. */
export function isTracked(report: MouseReport, tracking: MouseTracking): boolean {
  switch (tracking) {
    case 0:
      return false;
    case 9:
      return isPress(report);
    case 1000:
      return !isMovement(report);
    case 1002:
      return !isMovement(report) || (report.button & NO_BUTTON) !== NO_BUTTON;
    case 1003:
      return true;
  }
}

/** What a panel at this place does about a report; null for nothing. */
export function mouseForPanel(report: MouseReport, { x, y }: Pick<Rect, 'x' | 'y'>): PanelMouse | null {
  const isLeft = isPress(report) && (report.button & NO_BUTTON) === 0;
  const type = wheelOf(report) ?? (isLeft ? 'press' : null);
  return type && { type, x: report.x - x, y: report.y - y };
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, value));
}

function encode({ button, x, y, released }: MouseReport, encoding: MouseEncoding): Buffer | null {
  // Only the SGR form says which button was released.
  const oldButton = 32 + (released ? (button & MODIFIERS) | NO_BUTTON : button);
  switch (encoding) {
    case 'sgr':
      return Buffer.from(`\x1b[<${button};${x + 1};${y + 1}${released ? 'm' : 'M'}`);
    case 'urxvt':
      return Buffer.from(`\x1b[${oldButton};${x + 1};${y + 1}M`);
    case 'bytes': {
      if (x >= MAX_BYTE_COORDINATE || y >= MAX_BYTE_COORDINATE) return null;
      return Buffer.from([0x1b, 0x5b, 0x4d, oldButton, 33 + x, 33 + y]);
    }
  }
}
