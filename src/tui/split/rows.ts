import type { IBufferCell, IBufferLine } from '@xterm/headless';
import { createLookComparison, detailsOf } from './cell-details.js';
import { sgrOf } from './cell-style.js';
import { plain } from './passed-on.js';

/** Turns lines of the emulator into text with control sequences; plain style is left behind. */
export interface RowWriter {
  /** Fills exactly `width` cells from the left edge of a terminal, whatever was there. */
  row(line: IBufferLine | undefined, width: number): string;
  /** As far as there is something in it, to be printed anywhere. */
  text(line: IBufferLine): string;
}

const PLAIN_STYLE = '\x1b[0m';
const NO_LINK = '\x1b]8;;\x1b\\';

/**
 * @param reused a cell of the emulator, to be filled again and again
 * @param linkTarget where the hyperlink with this number leads
 */
export function createRowWriter(reused: IBufferCell, linkTarget: (link: number) => string | null): RowWriter {
  const look = createLookComparison(reused);

  function write(line: IBufferLine, width: number, keepAligned: boolean): string {
    look.forget();
    let row = '';
    let style = PLAIN_STYLE;
    let link = 0;
    for (let x = 0; x < width; x += 1) {
      const cell = line.getCell(x, reused);
      // Beyond the line's end: the emulator has not been resized yet.
      if (!cell) return `${row}${PLAIN_STYLE}${' '.repeat(width - x)}`;
      // A character without width, in a cell of its own because none stands before it, is left out.
      const cells = cell.getWidth();
      if (!look.isSame()) {
        const details = cell.isUnderline() ? detailsOf(cell) : null;
        const wanted = sgrOf(cell, details);
        if (wanted !== style) row += wanted;
        style = wanted;
        const wantedLink = details?.link ?? 0;
        if (wantedLink !== link) row += wantedLink === 0 ? NO_LINK : hyperlink(wantedLink);
        link = wantedLink;
      }
      const chars = cell.getChars();
      if (chars === '' || cells === 0 || x + cells > width) row += ' ';
      else row += keepAligned && isRisky(chars) ? aligned(chars, cells, x) : chars;
      if (cells === 2) x += 1;
    }
    if (link !== 0) row += NO_LINK;
    return style === PLAIN_STYLE ? row : row + PLAIN_STYLE;
  }

  /** The id makes one link of the rows that it spans. */
  function hyperlink(link: number): string {
    const target = linkTarget(link);
    return target === null ? NO_LINK : `\x1b]8;id=claude-trace-${link};${plain(target)}\x1b\\`;
  }

  function usedCells(line: IBufferLine): number {
    for (let x = line.length - 1; x >= 0; x -= 1) {
      const cell = line.getCell(x, reused);
      if (cell && (cell.getChars() !== '' || cell.getWidth() === 0)) return x + 1;
    }
    return 0;
  }

  return {
    row: (line, width) => (line ? write(line, width, true) : PLAIN_STYLE + ' '.repeat(width)),
    text: (line) => write(line, usedCells(line), false),
  };
}

/** Terminals agree how wide a single character of the basic plane is; of emoji and combined characters they do not. */
function isRisky(chars: string): boolean {
  return chars.length > 1;
}

/** Clears the cells first and sets the column behind them, so that the rest of the row stays where it belongs. */
function aligned(chars: string, cells: number, x: number): string {
  return `\x1b[${cells}X${chars}\x1b[${x + cells + 1}G`;
}
