import type { IBufferCell } from '@xterm/headless';
import type { TerminalKind } from '../outside/terminal-kind.js';
import type { CellDetails } from './cell-details.js';
import { type Colour, colourParams } from './colours.js';
import { type Look, lookOf, PLAIN } from './look.js';

/** The default colours, as the child has set them (OSC 10 and 11); null for the terminal's own. */
export interface DefaultColours {
  foreground: Colour | null;
  background: Colour | null;
}

/** @param link as OSC 8 writes it; empty for none */
export function lookOfCell(
  cell: IBufferCell,
  details: CellDetails | null,
  link: string,
  { foreground, background }: DefaultColours,
  kind: TerminalKind,
): Look {
  if (cell.isAttributeDefault() && link === '' && foreground === null && background === null) return PLAIN;
  const text = cell.isFgDefault() ? foreground : colourOf(cell.getFgColorMode(), cell.getFgColor());
  const behind = cell.isBgDefault() ? background : colourOf(cell.getBgColorMode(), cell.getBgColor());
  return lookOf(
    attributesOf(cell, details, kind),
    text === null ? '' : colourParams(text, 30, kind.depth),
    behind === null ? '' : colourParams(behind, 40, kind.depth),
    kind.isXtermLike ? link : '',
  );
}

function attributesOf(cell: IBufferCell, details: CellDetails | null, kind: TerminalKind): string {
  let params = '';
  if (cell.isBold()) params += ';1';
  if (cell.isDim()) params += ';2';
  if (cell.isItalic()) params += ';3';
  if (details?.underline) params += underlineOf(details, kind);
  if (cell.isBlink()) params += ';5';
  if (cell.isInverse()) params += ';7';
  if (cell.isInvisible()) params += ';8';
  if (cell.isStrikethrough()) params += ';9';
  if (cell.isOverline()) params += ';53';
  return params.slice(1);
}

/**
 * Plain underlines are written the old way, which every terminal knows. Others are written only where the colour depth
 * shows a newer terminal: older parsers take the parameter after a colon for another attribute.
 */
function underlineOf({ underline, underlineColour }: CellDetails, { depth, isXtermLike }: TerminalKind): string {
  if (!isXtermLike || depth === 16 || depth === 'none') return ';4';
  const style = underline === 1 ? ';4' : `;4:${underline}`;
  const hasColour = underlineColour !== '' && (depth === 'rgb' || underlineColour.startsWith('58:5:'));
  return hasColour ? `${style};${underlineColour}` : style;
}

/** Colour modes of the emulator (common/buffer/Constants.ts, `Attributes`). */
const PALETTE_16 = 0x1000000;
const PALETTE_256 = 0x2000000;

function colourOf(mode: number, value: number): Colour {
  return { palette: mode === PALETTE_16 ? 16 : mode === PALETTE_256 ? 256 : 'rgb', value };
}
