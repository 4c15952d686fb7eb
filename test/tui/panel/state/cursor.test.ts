import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inSight, type Motion, moved, scrolled, wheeled } from '../../../../src/tui/panel/state/cursor.js';

const motions = fc.array(fc.constantFrom<Motion>('up', 'down', 'pageUp', 'pageDown', 'first', 'last'), {
  maxLength: 40,
});

describe('a cursor', () => {
  it('stays on an existing row that is on the screen, whatever is pressed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 60 }),
        motions,
        (count, height, pressed) => {
          let cursor = { selected: 0, top: 0 };
          for (const motion of pressed) {
            cursor = moved(cursor, motion, count, height);
            expect(cursor.selected).toBeGreaterThanOrEqual(cursor.top);
            expect(cursor.selected).toBeLessThan(Math.min(count, cursor.top + height));
            expect(cursor.top).toBeGreaterThanOrEqual(0);
            // No empty rows below the last one while there are some above the first.
            expect(cursor.top).toBeLessThanOrEqual(Math.max(0, count - height));
          }
        },
      ),
    );
  });

  it('scrolls only when it would leave the screen', () => {
    expect(moved({ selected: 4, top: 2 }, 'down', 100, 4)).toEqual({ selected: 5, top: 2 });
    expect(moved({ selected: 5, top: 2 }, 'down', 100, 4)).toEqual({ selected: 6, top: 3 });
    expect(moved({ selected: 3, top: 3 }, 'up', 100, 4)).toEqual({ selected: 2, top: 2 });
  });

  it('reaches both ends, and pages overlap by one row', () => {
    expect(moved({ selected: 0, top: 0 }, 'last', 100, 10)).toEqual({ selected: 99, top: 90 });
    expect(moved({ selected: 99, top: 90 }, 'first', 100, 10)).toEqual({ selected: 0, top: 0 });
    expect(moved({ selected: 0, top: 0 }, 'pageDown', 100, 10).selected).toBe(9);
  });

  it('is kept on the screen while the wheel moves it', () => {
    expect(wheeled({ selected: 0, top: 0 }, 3, 100, 10)).toEqual({ selected: 3, top: 3 });
    expect(wheeled({ selected: 95, top: 90 }, -3, 100, 10)).toEqual({ selected: 95, top: 87 });
    expect(wheeled({ selected: 99, top: 90 }, -30, 100, 10)).toEqual({ selected: 69, top: 60 });
    expect(wheeled({ selected: 99, top: 89 }, 3, 100, 10)).toEqual({ selected: 99, top: 90 });
    expect(wheeled({ selected: 2, top: 0 }, 3, 4, 10)).toEqual({ selected: 2, top: 0 });
  });

  it('is at the top of an empty list', () => {
    expect(inSight({ selected: 5, top: 3 }, 0, 10)).toEqual({ selected: 0, top: 0 });
  });

  it('scrolls text no further than to its last screen', () => {
    expect(scrolled(0, 'last', 100, 10)).toBe(90);
    expect(scrolled(90, 'down', 100, 10)).toBe(90);
    expect(scrolled(0, 'up', 100, 10)).toBe(0);
    expect(scrolled(0, 'down', 5, 10)).toBe(0);
  });
});
