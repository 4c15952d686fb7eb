import { describe, expect, it } from 'vitest';
import type { MouseTracking } from '../../../../src/tui/split/child/child-modes.js';
import { isTracked, mouseForChild, mouseForPanel, parseMouse } from '../../../../src/tui/split/input/mouse.js';

const child = { x: 10, y: 5, width: 80, height: 20 };

function translate(
  sequence: string,
  encoding: Parameters<typeof mouseForChild>[2] = 'sgr',
  rect = child,
): string | null {
  const report = parseMouse(sequence);
  return report && (mouseForChild(report, rect, encoding)?.toString('latin1') ?? null);
}

describe('mouse reports', () => {
  it('come in the coordinates of the child', () => {
    expect(translate('\x1b[<0;11;6M')).toBe('\x1b[<0;1;1M');
    expect(translate('\x1b[<64;90;25M')).toBe('\x1b[<64;80;20M');
  });

  it('are dropped on the panel', () => {
    expect(translate('\x1b[<0;91;6M')).toBeNull();
    expect(translate('\x1b[<35;11;5M')).toBeNull();
  });

  it('report a release outside at the nearest edge, so that a drag ends', () => {
    expect(translate('\x1b[<0;120;2m')).toBe('\x1b[<0;80;1m');
  });

  it('have the form that the child asked for', () => {
    expect(translate('\x1b[<0;12;8M', 'bytes')).toBe('\x1b[M "#');
    expect(translate('\x1b[<4;12;8m', 'bytes')).toBe('\x1b[M\'"#');
    expect(translate('\x1b[<0;12;8M', 'urxvt')).toBe('\x1b[32;2;3M');
  });

  it('reach the child if it asked for their kind', () => {
    const [press, release, wheel, drag, movement] = [0, 0, 64, 32, 35].map((button, index) => ({
      button,
      x: 0,
      y: 0,
      released: index === 1,
    }));
    const tracked = (tracking: MouseTracking) =>
      [press, release, wheel, drag, movement].map((report) => report && isTracked(report, tracking));
    expect(tracked(0)).toEqual([false, false, false, false, false]);
    expect(tracked(9)).toEqual([true, false, false, false, false]);
    expect(tracked(1000)).toEqual([true, true, true, false, false]);
    expect(tracked(1002)).toEqual([true, true, true, true, false]);
    expect(tracked(1003)).toEqual([true, true, true, true, true]);
  });

  it('reach the panel as presses of the left button and steps of the wheel', () => {
    const meaning = (sequence: string) => {
      const report = parseMouse(sequence);
      return report && mouseForPanel(report, { x: 10, y: 5 });
    };
    expect(meaning('\x1b[<0;11;8M')).toEqual({ type: 'press', x: 0, y: 2 });
    expect(meaning('\x1b[<65;12;6M')).toEqual({ type: 'wheelDown', x: 1, y: 0 });
    for (const other of ['<0;11;8m', '<2;11;8M', '<32;11;8M', '<66;11;8M', '<35;11;8M'])
      expect(meaning(`\x1b[${other}`)).toBeNull();
  });

  it('are dropped where a byte cannot hold the column', () => {
    expect(translate('\x1b[<0;230;1M', 'bytes', { x: 0, y: 0, width: 300, height: 10 })).toBeNull();
  });
});
