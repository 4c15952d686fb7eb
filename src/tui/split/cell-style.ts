import type { IBufferCell } from '@xterm/headless';
import type { CellDetails } from './cell-details.js';

/** A cell's look as one SGR sequence that depends on nothing before it. */
export function sgrOf(cell: IBufferCell, details: CellDetails | null): string {
  if (cell.isAttributeDefault()) return '\x1b[0m';
  let sgr = '\x1b[0';
  if (cell.isBold()) sgr += ';1';
  if (cell.isDim()) sgr += ';2';
  if (cell.isItalic()) sgr += ';3';
  if (details?.underline) sgr += underlineOf(details);
  if (cell.isBlink()) sgr += ';5';
  if (cell.isInverse()) sgr += ';7';
  if (cell.isInvisible()) sgr += ';8';
  if (cell.isStrikethrough()) sgr += ';9';
  if (cell.isOverline()) sgr += ';53';
  if (!cell.isFgDefault()) sgr += colourOf(cell.getFgColorMode(), cell.getFgColor(), 30);
  if (!cell.isBgDefault()) sgr += colourOf(cell.getBgColorMode(), cell.getBgColor(), 40);
  return `${sgr}m`;
}

/** Plain underlines are written the old way, which every terminal knows. */
function underlineOf({ underline, underlineColour }: CellDetails): string {
  const style = underline === 1 ? ';4' : `;4:${underline}`;
  return underlineColour ? `${style};${underlineColour}` : style;
}

/** Colour modes of the emulator (common/buffer/Constants.ts, `Attributes`). */
const PALETTE_16 = 0x1000000;
const PALETTE_256 = 0x2000000;

/**
 * In the form in which the child gave it: some terminals brighten bold text in the first eight of 16 colours only.
 * @param base 30 for the text, 40 for the background
 */
function colourOf(mode: number, colour: number, base: 30 | 40): string {
  if (mode === PALETTE_16) return `;${colour < 8 ? base + colour : base + 60 + colour - 8}`;
  if (mode === PALETTE_256) return `;${base + 8};5;${colour}`;
  return `;${base + 8};2;${(colour >> 16) & 0xff};${(colour >> 8) & 0xff};${colour & 0xff}`;
}
