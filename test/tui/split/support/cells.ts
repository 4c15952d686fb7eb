import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import fc from 'fast-check';
import { detailsOf, linkTarget } from '../../../../src/tui/split/draw/cell-details.js';
import type { Rect, Size } from '../../../../src/tui/split/layout.js';
import { terminalKind } from '../../../../src/tui/split/outside/terminal-kind.js';

/** A terminal with everything. */
export const RGB = terminalKind({ TERM: 'xterm-256color', COLORTERM: 'truecolor' });

export type Emulator = InstanceType<typeof headless.Terminal>;

export function createEmulator({ width, height }: Size): Emulator {
  const emulator = new headless.Terminal({ cols: width, rows: height, allowProposedApi: true });
  emulator.loadAddon(new unicode11.Unicode11Addon());
  emulator.unicode.activeVersion = '11';
  return emulator;
}

export function write(emulator: Emulator, data: string): Promise<void> {
  return new Promise((resolve) => emulator.write(data, resolve));
}

/** All that can be seen in a part of the screen, a string a cell: the character and how it looks. */
export function cellsOf(emulator: Emulator, { x: left, y: top, width, height }: Rect): string[] {
  const { active } = emulator.buffer;
  const cells: string[] = [];
  for (let y = top; y < top + height; y += 1) {
    for (let x = left; x < left + width; x += 1) {
      const cell = active.getLine(active.viewportY + y)?.getCell(x);
      if (!cell) continue;
      const { link, underline, underlineColour } = detailsOf(cell);
      const look = [
        cell.getFgColorMode(),
        cell.getFgColor(),
        cell.getBgColorMode(),
        cell.getBgColor(),
        ...[cell.isBold(), cell.isDim(), cell.isItalic(), cell.isBlink(), cell.isInverse()].map(Boolean),
        ...[cell.isInvisible(), cell.isStrikethrough(), cell.isOverline()].map(Boolean),
        underline ? `${underline} ${underlineColour}` : '',
        link ? linkTarget(emulator, link) : '',
      ];
      // A joiner without anything to join is not seen.
      const text = cell.getWidth() === 0 ? '' : cell.getChars().replace(/\u200d$/, '');
      cells.push(`${x},${y} ${JSON.stringify(text || ' ')} ${look.join(' ')}`);
      // The right half of a wide character looks like the left one.
      if (cell.getWidth() === 2) x += 1;
    }
  }
  return cells;
}

const text = fc.constantFrom(
  'plain ',
  'x',
  'é',
  'e\u0301',
  '日本語',
  '👍🏽',
  '🧑‍💻',
  '❤️',
  '│─┼',
  'ｈａｌｆ',
  'مرحبا',
  '\u200b',
);
const style = fc.constantFrom(
  '\x1b[0m',
  '\x1b[1m',
  '\x1b[2;3m',
  '\x1b[4m',
  '\x1b[4:3m',
  '\x1b[58:2::10:20:30m',
  '\x1b[58;5;200m',
  '\x1b[5;7;8;9;53m',
  '\x1b[31m',
  '\x1b[97;104m',
  '\x1b[38;5;8m',
  '\x1b[38;5;200;48;5;17m',
  '\x1b[38;2;1;2;3m',
  '\x1b[48;2;250;128;0m',
  '\x1b[39m',
  '\x1b[49m',
);
const link = fc.constantFrom('\x1b]8;;https://example.test/a\x1b\\', '\x1b]8;id=x;file:///b\x07', '\x1b]8;;\x1b\\');
const movement = fc.oneof(
  fc.constantFrom('\r\n', '\r', '\b', '\t', '\x1bM', '\x1bD'),
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 }))
    .map(([row, column]) => `\x1b[${row};${column}H`),
);
const erasure = fc.constantFrom(
  '\x1b[K',
  '\x1b[1K',
  '\x1b[2J',
  '\x1b[3X',
  '\x1b[2P',
  '\x1b[2@',
  '\x1b[L',
  '\x1b[M',
  '\x1b[2;5r',
  '\x1b[r',
);

/** Whatever a program may write on its screen. */
export const screenOutput = fc
  .array(fc.oneof({ weight: 3, arbitrary: text }, style, link, movement, erasure), { maxLength: 60 })
  .map((parts) => parts.join(''));

const panelPiece = fc.constantFrom<[string, number]>(
  ['word ', 5],
  ['日本', 4],
  ['👍', 2],
  ['│', 1],
  ['\x1b[1;35m', 0],
  ['\x1b[7m', 0],
  ['\x1b[0m', 0],
);

/** A row of at most this many cells, as a panel draws it. */
export function panelRow(width: number): fc.Arbitrary<string> {
  return fc.array(panelPiece, { maxLength: 20 }).map((parts) => {
    let row = '';
    let used = 0;
    for (const [piece, cells] of parts) {
      if (used + cells > width) break;
      row += piece;
      used += cells;
    }
    return row;
  });
}
