import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkTarget } from '../../../src/tui/split/cell-details.js';
import { createRowWriter } from '../../../src/tui/split/rows.js';
import { cellsOf, createEmulator, type Emulator, screenOutput, write } from './support/cells.js';

const size = { width: 40, height: 12 };
const whole = { x: 0, y: 0, ...size };

function rowsOf(emulator: Emulator): string[] {
  const { active } = emulator.buffer;
  const writer = createRowWriter(active.getNullCell(), (link) => linkTarget(emulator, link));
  return Array.from({ length: size.height }, (_, y) => writer.row(active.getLine(active.viewportY + y), size.width));
}

describe('createRowWriter', () => {
  it('writes rows that look the same on another terminal, whatever stood there', async () => {
    await fc.assert(
      fc.asyncProperty(screenOutput, screenOutput, async (output, before) => {
        const child = createEmulator(size);
        await write(child, output);
        const outside = createEmulator(size);
        await write(outside, `${before}\x1b[r\x1b[0m\x1b]8;;\x1b\\\x1b[?7l`);
        await write(
          outside,
          rowsOf(child)
            .map((row, y) => `\x1b[${y + 1};1H${row}`)
            .join(''),
        );
        expect(cellsOf(outside, whole)).toEqual(cellsOf(child, whole));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the rest of a row in place where terminals disagree about a width', async () => {
    const child = createEmulator(size);
    await write(child, '👍🏽❤️|');
    const outside = createEmulator(size);
    // Older tables give other widths to some emoji.
    outside.unicode.activeVersion = '6';
    await write(outside, `\x1b[?7l\x1b[1;1H${rowsOf(child)[0]}`);
    const column = (emulator: Emulator) =>
      Array.from({ length: size.width }, (_, x) => emulator.buffer.active.getLine(0)?.getCell(x)?.getChars()).indexOf(
        '|',
      );
    expect(column(outside)).toBe(column(child));
  });

  it('is short for plain text', async () => {
    const child = createEmulator(size);
    await write(child, 'hello');
    expect(rowsOf(child)[0]).toBe('hello'.padEnd(size.width));
  });
});
