import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkTarget } from '../../../../src/tui/split/draw/cell-details.js';
import { createCellReader } from '../../../../src/tui/split/draw/cell-reader.js';
import { printedLine } from '../../../../src/tui/split/emulator/transcript.js';
import { type TerminalKind, terminalKind } from '../../../../src/tui/split/outside/terminal-kind.js';
import { cellsOf, createEmulator, type Emulator, RGB, screenOutput, write } from '../support/cells.js';

const size = { width: 40, height: 12 };
const whole = { x: 0, y: 0, ...size };

function linesOf(emulator: Emulator, kind: TerminalKind): string[] {
  const { active } = emulator.buffer;
  const reader = createCellReader({
    reused: active.getNullCell(),
    linkTarget: (link) => linkTarget(emulator, link),
    defaults: () => ({ foreground: null, background: null }),
    kind,
  });
  return Array.from({ length: size.height }, (_, y) => {
    const line = active.getLine(active.viewportY + y);
    return line ? printedLine(line, reader) : '';
  });
}

describe('printedLine', () => {
  it('prints a line that looks the same on another terminal, and ends in plain style', async () => {
    await fc.assert(
      fc.asyncProperty(screenOutput, async (output) => {
        const child = createEmulator(size);
        await write(child, `${output}\x1b[0m`);
        const outside = createEmulator(size);
        await write(outside, `\x1b[?7l${linesOf(child, RGB).join('\r\n')}`);
        const printed = cellsOf(outside, whole);
        // What was only erased is not printed.
        const isWritten = (_: unknown, index: number) => !/^\d+,\d+ " "/.test(cells[index] ?? '');
        const cells = cellsOf(child, whole);
        expect(printed.filter(isWritten)).toEqual(cells.filter(isWritten));
      }),
      { numRuns: 200 },
    );
  });

  it('is short for plain text', async () => {
    const child = createEmulator(size);
    await write(child, 'hello');
    expect(linesOf(child, RGB)[0]).toBe('hello');
  });

  it('uses no more colours than the terminal has', async () => {
    const child = createEmulator(size);
    await write(child, '\x1b[38;2;215;119;87mwarm\x1b[0m');
    expect(linesOf(child, terminalKind({ TERM: 'xterm-256color' }))[0]).toBe('\x1b[38;5;173mwarm\x1b[m');
    expect(linesOf(child, terminalKind({ TERM: 'linux' }))[0]).toBe('\x1b[91mwarm\x1b[m');
    expect(linesOf(child, terminalKind({ TERM: 'vt100' }))[0]).toBe('warm');
  });
});
