import { describe, expect, it } from 'vitest';
import { mouseForChild, parseMouse } from '../../../../src/tui/split/input/mouse.js';

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

  it('are dropped where a byte cannot hold the column', () => {
    expect(translate('\x1b[<0;230;1M', 'bytes', { x: 0, y: 0, width: 300, height: 10 })).toBeNull();
  });
});
