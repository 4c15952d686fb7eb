import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCompositor } from '../../../src/tui/split/compositor.js';
import { type Layout, layOut } from '../../../src/tui/split/layout.js';
import { createScreen, type Screen } from '../../../src/tui/split/screen.js';
import { unknownTerminal } from '../../../src/tui/split/terminal-facts.js';
import { cellsOf, createEmulator, panelRow, screenOutput, write } from './support/cells.js';

const PANEL_WIDTH = 18;
const HEIGHT = 12;
const layout: Layout = {
  childSize: { width: 40, height: HEIGHT },
  child: { x: 0, y: 0, width: 40, height: HEIGHT },
  divider: { x: 40, y: 0, width: 1, height: HEIGHT },
  panel: { x: 41, y: 0, width: PANEL_WIDTH, height: HEIGHT },
  bar: null,
};
const terminal = { width: 41 + PANEL_WIDTH, height: HEIGHT };

function screenOf(size = layout.childSize): Screen {
  return createScreen(size, unknownTerminal(), { onAnswer() {}, onPassedOn() {}, onWholeFrame() {} });
}

function feed(screen: Screen, data: string): Promise<void> {
  return new Promise((resolve) => screen.write(Buffer.from(data), resolve));
}

const steps = fc.array(
  fc.record({ output: screenOutput, panel: fc.array(panelRow(PANEL_WIDTH), { maxLength: HEIGHT }) }),
  { minLength: 1, maxLength: 5 },
);

describe('createCompositor', () => {
  it('shows exactly the child, the divider and the panel after every update', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (wanted) => {
        const screen = screenOf();
        const compositor = createCompositor();
        compositor.reset(terminal, layout);
        const outside = createEmulator(terminal);
        const child = createEmulator(layout.childSize);
        await write(outside, `${'noise'.repeat(100)}\x1b[?7l`);
        for (const { output, panel } of wanted) {
          await Promise.all([feed(screen, output), write(child, output)]);
          const cursor = screen.cursor();
          const picture = { child: screen.rows(layout.childSize), panel, divider: '│', bar: '', note: null, cursor };
          await write(outside, compositor.update(picture));
          expect(compositor.update(picture)).toBe('');

          const shifted = createEmulator(terminal);
          await write(shifted, panel.map((row, y) => `\x1b[?7l\x1b[0m\x1b[${y + 1};42H${row}`).join(''));
          const childRect = { x: 0, y: 0, ...layout.childSize };
          expect(cellsOf(outside, childRect)).toEqual(cellsOf(child, childRect));
          const panelRect = { x: 41, y: 0, width: PANEL_WIDTH, height: HEIGHT };
          expect(cellsOf(outside, panelRect)).toEqual(cellsOf(shifted, panelRect));
          for (let y = 0; y < HEIGHT; y += 1) {
            expect(outside.buffer.active.getLine(y)?.getCell(40)?.getChars()).toBe('│');
          }
          const { cursorX, cursorY } = child.buffer.active;
          expect(cursor).toMatchObject({ x: Math.min(cursorX, 39), y: cursorY });
          expect(outside.buffer.active).toMatchObject({ cursorX: cursor?.x, cursorY: cursor?.y });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('writes one row for a typed key, inside one synchronized update', async () => {
    const screen = screenOf();
    const compositor = createCompositor();
    compositor.reset(terminal, layout);
    const picture = () => ({
      child: screen.rows(layout.childSize),
      panel: ['head', 'row'],
      divider: '│',
      bar: '',
      note: null,
      cursor: screen.cursor(),
    });
    await feed(screen, 'one\r\ntwo\r\nthree');
    compositor.update(picture());
    await feed(screen, '!');
    const update = compositor.update(picture());
    expect(update.startsWith('\x1b[?2026h')).toBe(true);
    expect(update.endsWith('\x1b[?2026l')).toBe(true);
    expect(update).toContain('three!');
    expect(update).not.toContain('two');
  });

  it('only moves the cursor when only the cursor has moved', async () => {
    const screen = screenOf();
    const compositor = createCompositor();
    compositor.reset(terminal, layout);
    const picture = () => ({
      child: screen.rows(layout.childSize),
      panel: [],
      divider: '│',
      bar: '',
      note: null,
      cursor: screen.cursor(),
    });
    await feed(screen, 'text');
    compositor.update(picture());
    await feed(screen, '\x1b[3;7H\x1b[6 q');
    expect(compositor.update(picture())).toBe('\x1b[3;7H\x1b[6 q\x1b[?25h');
    await feed(screen, '\x1b[?25l');
    expect(compositor.update(picture())).toBe('\x1b[?25l');
  });

  it('puts a note over the last row of the child, and the bar below', async () => {
    const small = { width: 50, height: 10 };
    const barred = layOut(small, 'both');
    const screen = screenOf(barred.childSize);
    await feed(screen, '\x1b[9;1Hlast row of the child');
    const compositor = createCompositor();
    compositor.reset(small, barred);
    const outside = createEmulator(small);
    const picture = { child: screen.rows(barred.childSize), panel: [], divider: '', bar: 'bar', cursor: null };
    const seen = (y: number) => outside.buffer.active.getLine(y)?.translateToString().trimEnd();
    await write(outside, compositor.update({ ...picture, note: 'note' }));
    expect([seen(8), seen(9)]).toEqual(['note', 'bar']);
    await write(outside, compositor.update({ ...picture, note: null }));
    expect([seen(8), seen(9)]).toEqual(['last row of the child', 'bar']);
  });
});
