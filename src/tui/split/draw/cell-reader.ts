import type { IBufferCell, IBufferLine } from '@xterm/headless';
import { plain } from '../emulator/passed-on.js';
import type { TerminalKind } from '../outside/terminal-kind.js';
import { createLookComparison, detailsOf } from './cell-details.js';
import { type DefaultColours, lookOfCell } from './cell-style.js';
import { glyph } from './glyphs.js';
import { type Look, PLAIN } from './look.js';

/** @param cells 1 or 2 */
export type TakeCell = (x: number, text: string, cells: number, look: Look) => void;

/** Reads lines of the emulator as the terminal outside should show them. */
export interface CellReader {
  /** All cells up to `width`, from left to right; a wide character is one call. */
  read(line: IBufferLine | undefined, width: number, take: TakeCell): void;
  /** The length of a line without the empty cells at its end. */
  used(line: IBufferLine): number;
}

export interface CellReaderParts {
  /** A cell of the emulator that is filled again for each read. */
  reused: IBufferCell;
  /** The target of the hyperlink with this number; null where it is unknown. */
  linkTarget(link: number): string | null;
  /** As the child has set them. */
  defaults(): DefaultColours;
  kind: TerminalKind;
}

export function createCellReader({ reused, linkTarget, defaults, kind }: CellReaderParts): CellReader {
  const comparison = createLookComparison(reused);
  const { repertoire } = kind;

  /** The id joins the rows of a link. */
  function linkOf(link: number): string {
    const target = link === 0 ? null : linkTarget(link);
    return target === null ? '' : `id=claude-trace-${link};${plain(target)}`;
  }

  return {
    read(line, width, take) {
      comparison.forget();
      const colours = defaults();
      let look = PLAIN;
      for (let x = 0; x < width; x += 1) {
        const cell = line?.getCell(x, reused);
        // Beyond the end of the line: the emulator has not been resized yet.
        if (!cell) {
          take(x, ' ', 1, PLAIN);
          continue;
        }
        if (!comparison.isSame()) {
          const details = cell.isUnderline() ? detailsOf(cell) : null;
          look = lookOfCell(cell, details, linkOf(details?.link ?? 0), colours, kind);
        }
        // A character without width has a cell of its own where none is before it. It is left out.
        const cells = cell.getWidth();
        const text = cell.getChars();
        if (text === '' || cells === 0 || x + cells > width) take(x, ' ', 1, look);
        else if (repertoire === 'unicode' || (text.length === 1 && text <= '~')) take(x, text, cells, look);
        else takeGlyphs(x, glyph(text, cells, repertoire), look, take);
        if (cells === 2) x += 1;
      }
    },
    used(line) {
      for (let x = line.length - 1; x >= 0; x -= 1) {
        const cell = line.getCell(x, reused);
        if (cell && (cell.getChars() !== '' || cell.getWidth() === 0)) return x + 1;
      }
      return 0;
    },
  };
}

/** A wide character is replaced by two. */
function takeGlyphs(x: number, glyphs: string, look: Look, take: TakeCell): void {
  for (const [index, text] of Array.from(glyphs).entries()) take(x + index, text, 1, look);
}
