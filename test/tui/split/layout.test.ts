import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrangePanes, type PaneView, type Rect, shareFor } from '../../../src/tui/split/layout.js';

const views: PaneView[] = ['both', 'child', 'panel', 'hidden'];

describe('arrangePanes', () => {
  it('puts child and panel side by side where both have room', () => {
    const { child, divider, panel, bar } = arrangePanes({ width: 200, height: 50 }, 'both');
    expect(child).toEqual({ x: 0, y: 0, width: 120, height: 50 });
    expect(divider).toEqual({ x: 120, y: 0, width: 2, height: 50 });
    expect(panel).toEqual({ x: 122, y: 0, width: 78, height: 50 });
    expect(bar).toBeNull();
  });

  it('puts the panel below on a terminal that is tall rather than wide', () => {
    const { child, panel } = arrangePanes({ width: 90, height: 50 }, 'both');
    expect(child).toEqual({ x: 0, y: 0, width: 90, height: 30 });
    expect(panel).toEqual({ x: 0, y: 31, width: 90, height: 19 });
  });

  it('has a status bar at 80x24, and no panel on a tiny terminal', () => {
    expect(arrangePanes({ width: 80, height: 24 }, 'both')).toMatchObject({
      child: { height: 23 },
      panel: null,
      bar: 23,
    });
    expect(arrangePanes({ width: 20, height: 3 }, 'both')).toMatchObject({
      child: { height: 3 },
      panel: null,
      bar: null,
    });
  });

  it('keeps the size of the child while the panel is zoomed', () => {
    for (const terminal of [
      { width: 200, height: 50 },
      { width: 80, height: 24 },
    ]) {
      expect(arrangePanes(terminal, 'panel').childSize).toEqual(arrangePanes(terminal, 'both').childSize);
    }
  });

  it('moves the border to where it was dragged, or by steps, within bounds', () => {
    const wide = { width: 200, height: 50 };
    const both = arrangePanes(wide, 'both');
    const dragged = shareFor(both, wide, { to: { x: 100, y: 7 } });
    expect(arrangePanes(wide, 'both', dragged ?? {})).toMatchObject({ child: { width: 100 }, panel: { width: 98 } });
    const larger = shareFor(both, wide, { steps: 1 });
    expect(arrangePanes(wide, 'both', larger ?? {}).panel?.width).toBe((both.panel?.width ?? 0) + 4);
    expect(arrangePanes(wide, 'both', { beside: 0.01 }).panel?.width).toBe(44);
    expect(arrangePanes(wide, 'both', { beside: 0.99 }).child?.width).toBe(40);
    const tall = { width: 90, height: 50 };
    const below = shareFor(arrangePanes(tall, 'both'), tall, { to: { x: 3, y: 20 } });
    expect(below).toEqual({ below: 29 / 50 });
    expect(arrangePanes(tall, 'both', { ...below, beside: 0.2 })).toMatchObject({ divider: { y: 20 } });
    expect(shareFor(arrangePanes(wide, 'child'), wide, { steps: 1 })).toBeNull();
  });

  it('gives every cell to exactly one part, at any size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 320 }),
        fc.integer({ min: 1, max: 120 }),
        fc.constantFrom(...views),
        fc.constantFrom({}, { beside: 0.1, below: 0.9 }, { beside: 0.9, below: 0.1 }, { beside: 0.5, below: 0.5 }),
        (width, height, view, wanted) => {
          const { child, panel, divider, bar } = arrangePanes({ width, height }, view, wanted);
          const barRect = bar === null ? null : { x: 0, y: bar, width, height: 1 };
          const parts = [child, panel, divider, barRect].filter((part): part is Rect => part !== null);
          const owners = Array.from({ length: width * height }, () => 0);
          for (const part of parts) {
            expect(part.x + part.width).toBeLessThanOrEqual(width);
            expect(part.y + part.height).toBeLessThanOrEqual(height);
            for (let y = part.y; y < part.y + part.height; y += 1) {
              for (let x = part.x; x < part.x + part.width; x += 1) {
                owners[y * width + x] = (owners[y * width + x] ?? 0) + 1;
              }
            }
          }
          expect(new Set(owners)).toEqual(new Set([1]));
        },
      ),
    );
  });
});
