import type { IBufferCell, Terminal } from '@xterm/headless';
import { type Palette, paletteColour, rgbColour } from './palette.js';

/** How a cell looks; colours as CSS has them. */
export interface Look {
  colour: string;
  /** Null: that of the terminal. */
  background: string | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underlined: boolean;
}

export interface Cell {
  x: number;
  /** One or two. */
  width: number;
  text: string;
  look: Look;
}

/** What stands on a terminal at one moment: cells that show something, row by row. */
export interface Frame {
  columns: number;
  rows: Cell[][];
  /** Null: hidden. */
  cursor: { x: number; y: number } | null;
}

/** Reads the screen of an emulator. */
export function readFrame(terminal: Terminal, palette: Palette, cursorVisible: boolean): Frame {
  const { active } = terminal.buffer;
  const rows = Array.from({ length: terminal.rows }, (_, y) => {
    const line = active.getLine(active.viewportY + y);
    const cells: Cell[] = [];
    for (let x = 0; x < terminal.cols; x += 1) {
      const cell = line?.getCell(x);
      if (cell && cell.getWidth() > 0) cells.push(readCell(cell, x, palette));
    }
    return cells.filter(({ text, look }) => text.trim() !== '' || look.background !== null || look.underlined);
  });
  const cursor = cursorVisible ? { x: active.cursorX, y: active.cursorY } : null;
  return { columns: terminal.cols, rows, cursor };
}

function readCell(cell: IBufferCell, x: number, palette: Palette): Cell {
  const text = cell.isInvisible() ? '' : cell.getChars();
  const colour = foreground(cell, palette);
  const background = backgroundOf(cell, palette);
  const inverse = cell.isInverse() !== 0;
  return {
    x,
    width: cell.getWidth(),
    text: text === '' ? ' ' : text,
    look: {
      colour: inverse ? (background ?? palette.background) : (colour ?? palette.text),
      background: inverse ? (colour ?? palette.text) : background,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      italic: cell.isItalic() !== 0,
      underlined: cell.isUnderline() !== 0,
    },
  };
}

function foreground(cell: IBufferCell, palette: Palette): string | null {
  if (cell.isFgDefault()) return null;
  return cell.isFgRGB() ? rgbColour(cell.getFgColor()) : paletteColour(cell.getFgColor(), palette);
}

function backgroundOf(cell: IBufferCell, palette: Palette): string | null {
  if (cell.isBgDefault()) return null;
  return cell.isBgRGB() ? rgbColour(cell.getBgColor()) : paletteColour(cell.getBgColor(), palette);
}
