import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCompositor, type DrawingAbilities } from '../../../../src/tui/split/draw/compositor.js';
import { createGrid } from '../../../../src/tui/split/draw/grid.js';
import { createScreen, type Screen } from '../../../../src/tui/split/emulator/screen.js';
import { arrangePanes, type PaneLayout, type Size } from '../../../../src/tui/split/layout.js';
import { unknownTerminal } from '../../../../src/tui/split/outside/terminal-facts.js';
import { cellsOf, createEmulator, panelRow, RGB, screenOutput, write } from '../support/cells.js';
import { MarginTerminal } from '../support/margin-terminal.js';

const PANEL_WIDTH = 18;
const HEIGHT = 12;
const layout: PaneLayout = {
  childSize: { width: 40, height: HEIGHT },
  child: { x: 0, y: 0, width: 40, height: HEIGHT },
  divider: { x: 40, y: 0, width: 1, height: HEIGHT },
  panel: { x: 41, y: 0, width: PANEL_WIDTH, height: HEIGHT },
  bar: null,
};
const terminal = { width: 41 + PANEL_WIDTH, height: HEIGHT };

function screenOf(size = layout.childSize): Screen {
  return createScreen(size, unknownTerminal(), RGB, { onAnswer() {}, onPassedOn() {}, onWholeFrame() {} });
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
        const compositor = createCompositor(RGB, unknownTerminal());
        compositor.reset(terminal, layout);
        const outside = createEmulator(terminal);
        const child = createEmulator(layout.childSize);
        await write(outside, `${'noise'.repeat(100)}\x1b[?7l`);
        for (const { output, panel } of wanted) {
          await Promise.all([feed(screen, output), write(child, output)]);
          const cursor = screen.cursor();
          const picture = { child: screen, panel, divider: '│', bar: '', note: null, cursor };
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

  it('writes no joiner at the end of a cell, which would join the next cell in some terminals', async () => {
    const { show, outside } = composed(layout);
    expect(await show('👨\u200d👩\u200d👧 café\r\n👨\u200d rest')).not.toContain('\u200d');
    expect(outside.buffer.active.getLine(0)?.translateToString(true)).toMatch(/^👨👩👧 café +│row 0$/);
    expect(outside.buffer.active.getLine(1)?.translateToString(true)).toMatch(/^👨 rest +│row 1$/);
  });

  it('leaves nothing of joined emoji of the panel in terminals that do not join them', async () => {
    const { screen } = composed(layout);
    const compositor = createCompositor(RGB, unknownTerminal());
    compositor.reset(terminal, layout);
    const outside = createEmulator(terminal);
    for (const row of ['', '👨\u200d👩\u200d👧', '']) {
      const picture = { child: screen, panel: [row], divider: '│', bar: '', note: null, cursor: null };
      await write(outside, `\x1b[?7l${compositor.update(picture)}`);
    }
    expect(outside.buffer.active.getLine(0)?.translateToString(true).trim()).toBe('│');
  });

  it('writes a typed key, and nothing else, where the cursor is', async () => {
    const { show } = composed(layout);
    await show('one\r\ntwo\r\nthree');
    expect(await show('!')).toBe('!');
    expect(await show('\b \b')).toBe('\b \b');
    expect(await show('\x1b[31mred')).toBe('\x1b[31mred');
    expect(await show('dish')).toBe('dish');
  });

  it('draws more than a few cells in one synchronized update, with the cursor hidden', async () => {
    const { show } = composed(layout, { synchronized: null });
    await show('');
    const update = await show('a row of text\r\n'.repeat(9));
    expect(update.startsWith('\x1b[?2026h\x1b[?25l')).toBe(true);
    expect(update.endsWith('\x1b[?25h\x1b[?2026l')).toBe(true);
  });

  it('writes only a movement when only the cursor has moved', async () => {
    const { show } = composed(layout);
    await show('text');
    expect(await show('\x1b[3;7H\x1b[6 q')).toBe('\x1b[3;7H\x1b[6 q');
    expect(await show('\x1b[?25l')).toBe('\x1b[?25l');
  });

  it('moves a hidden cursor too, as input methods follow it', async () => {
    const { show, outside } = composed(layout);
    await show('\x1b[?25ltext');
    await show('\x1b[5;9H');
    expect(outside.buffer.active).toMatchObject({ cursorX: 8, cursorY: 4 });
  });

  it('shows what the child has at that moment: in the middle of its output, scrolled back, and resized', async () => {
    let isWhole = () => {};
    const listener = { onAnswer() {}, onPassedOn() {}, onWholeFrame: () => isWhole() };
    const screen = createScreen(layout.childSize, unknownTerminal(), RGB, listener);
    const compositor = createCompositor(RGB, unknownTerminal());
    compositor.reset(terminal, layout);
    const outside = createEmulator(terminal);
    const parts = { child: screen, panel: [], divider: '│', bar: '', note: null, cursor: null };
    const rows = async (update = compositor.update(parts)) => {
      await write(outside, update);
      return Array.from({ length: HEIGHT }, (_, y) =>
        outside.buffer.active.getLine(y)?.translateToString(false, 0, 40).trimEnd(),
      );
    };
    await feed(screen, Array.from({ length: 20 }, (_, index) => `line ${index}\r\n`).join(''));
    // Each of the two grids has been painted.
    for (let frame = 0; frame < 3; frame += 1) expect(await rows()).toContain('line 19');
    let whole = '';
    isWhole = () => {
      whole = compositor.update(parts);
    };
    await feed(screen, '\x1b[?2026hwhole\x1b[?2026l, then more');
    expect((await rows(whole)).at(-1)).toBe('whole');
    expect((await rows()).at(-1)).toBe('whole, then more');
    screen.scroll(-4);
    expect((await rows())[0]).toBe('line 5');
    screen.scrollToEnd();
    expect((await rows()).at(-1)).toBe('whole, then more');
    screen.resize({ width: 7, height: HEIGHT });
    expect(await rows()).not.toContain('whole, then more');
  });

  it('puts a note over the last row of the child, and the bar below', async () => {
    const small = { width: 50, height: 10 };
    const barred = arrangePanes(small, 'both');
    const screen = screenOf(barred.childSize);
    await feed(screen, '\x1b[9;1Hlast row of the child');
    const compositor = createCompositor(RGB, unknownTerminal());
    compositor.reset(small, barred);
    const outside = createEmulator(small);
    const picture = { child: screen, panel: [], divider: '', bar: 'bar', cursor: null };
    const seen = (y: number) => outside.buffer.active.getLine(y)?.translateToString().trimEnd();
    await write(outside, compositor.update({ ...picture, note: 'note' }));
    expect([seen(8), seen(9)]).toEqual(['note', 'bar']);
    await write(outside, compositor.update({ ...picture, note: null }));
    expect([seen(8), seen(9)]).toEqual(['last row of the child', 'bar']);
  });
});

describe('text that scrolls', () => {
  const stacked = arrangePanes({ width: 80, height: 40 }, 'both');
  const beside = arrangePanes({ width: 130, height: 40 }, 'both');
  const lines = (from: number, count: number) =>
    Array.from(
      { length: count },
      (_, n) => `${from + n} ${'lorem ipsum dolor sit amet '.slice((from + n) % 20)}\r\n`,
    ).join('');

  it('takes little more than its own bytes where whole rows scroll', async () => {
    const { show } = composed(stacked);
    await show(lines(0, 100));
    for (let line = 100; line < 110; line += 1) {
      const text = lines(line, 1);
      expect((await show(text)).length).toBeLessThan(text.length + 20);
    }
  });

  it('takes as little beside the panel where the terminal has side margins', async () => {
    const { show } = composed(beside, { sideMargins: true });
    await show(lines(0, 100));
    await show(lines(100, 1));
    expect((await show(lines(101, 1))).length).toBeLessThan(lines(101, 1).length + 20);
  });

  const output = fc.array(
    fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'c'), maxLength: 30 }).map((text) => `${text}\r\n`),
      fc.constantFrom(
        '\x1b[H',
        '\x1b[20;1H',
        '\x1bM',
        '\x1b[3S',
        '\x1b[2T',
        '\x1b[5;15r',
        '\x1b[r',
        '\x1b[2L',
        '\x1b[3M',
      ),
    ),
    { maxLength: 12 },
  );

  it('is correct with side margins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(output, { maxLength: 6 }), async (outputs) => {
        const terminal = new MarginTerminal({ width: 130, height: 40 });
        const { show, screen } = composed(beside, { sideMargins: true });
        for (const part of [lines(0, 60), ...outputs.map((each) => each.join(''))]) {
          terminal.write(await show(part));
          const wanted = createGrid({ width: 130, height: 40 });
          screen.draw(wanted, { x: 0, y: 0, ...beside.childSize });
          const width = beside.childSize.width;
          const rows = Array.from({ length: 40 }, (_, y) => wanted.texts.slice(y * 130, y * 130 + width).join(''));
          expect(terminal.rows().map((row) => row.slice(0, width))).toEqual(rows);
          expect(terminal.rows().map((row) => row.slice(width).trimEnd())).toEqual(rows.map((_, y) => `│ row ${y}`));
          expect(terminal.cursor()).toMatchObject({ x: screen.cursor()?.x, y: screen.cursor()?.y });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is correct where whole rows scroll and the panel is restored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(output, { maxLength: 6 }), async (outputs) => {
        const { show, screen, outside } = composed(beside, { synchronized: true });
        const { width } = beside.childSize;
        for (const part of [lines(0, 60), ...outputs.map((each) => each.join(''))]) {
          await show(part);
          const wanted = createGrid({ width: 130, height: 40 });
          screen.draw(wanted, { x: 0, y: 0, ...beside.childSize });
          for (let y = 0; y < 40; y += 1) {
            const row = outside.buffer.active.getLine(y)?.translateToString(false) ?? '';
            expect(row.slice(0, width)).toBe(wanted.texts.slice(y * 130, y * 130 + width).join(''));
            expect(row.slice(width).trimEnd()).toBe(`│ row ${y}`);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** A child in this layout beside a panel of numbered rows, on a terminal outside. */
function composed(where: PaneLayout, more: Partial<DrawingAbilities> = {}) {
  const size = sizeOf(where);
  const screen = screenOf(where.childSize);
  const compositor = createCompositor(RGB, { sideMargins: false, synchronized: false, ...more });
  compositor.reset(size, where);
  const outside = createEmulator(size);
  const panel = Array.from({ length: where.panel?.height ?? 0 }, (_, y) => `row ${y}`);
  return {
    screen,
    outside,
    /** @returns what was written to the terminal */
    async show(output: string): Promise<string> {
      await feed(screen, output);
      const divider = where.child?.width === size.width ? '─'.repeat(size.width) : '│';
      const cursor = screen.cursor();
      const update = compositor.update({ child: screen, panel, divider, bar: '', note: null, cursor });
      await write(outside, `\x1b[?1049h\x1b[?7l${update}`);
      return update;
    },
  };
}

function sizeOf({ child, panel, bar }: PaneLayout): Size {
  const parts = [child, panel].filter((part) => part !== null);
  return {
    width: Math.max(...parts.map(({ x, width }) => x + width)),
    height: Math.max(...parts.map(({ y, height }) => y + height)) + (bar === null ? 0 : 1),
  };
}
