import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFrameClock } from '../../../src/tui/split/frame-clock.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function clockOf(isUpdating: () => boolean = () => false) {
  const painted: number[] = [];
  const start = performance.now();
  const clock = createFrameClock(() => painted.push(Math.round(performance.now() - start)), isUpdating);
  return { clock, painted };
}

describe('createFrameClock', () => {
  it('paints at once after a pause, and then once a frame however often it is asked', () => {
    const { clock, painted } = clockOf();
    for (let ms = 0; ms < 40; ms += 1) {
      clock.request();
      vi.advanceTimersByTime(1);
    }
    expect(painted.length).toBeLessThanOrEqual(4);
    expect(painted[0]).toBeLessThanOrEqual(1);
  });

  it('paints nothing when nothing has changed', () => {
    const { painted } = clockOf();
    vi.advanceTimersByTime(1_000);
    expect(painted).toEqual([]);
  });

  it('waits for the end of an update, and paints then', () => {
    let updating = true;
    const { clock, painted } = clockOf(() => updating);
    clock.request();
    vi.advanceTimersByTime(100);
    expect(painted).toEqual([]);
    clock.wholeFrame();
    updating = false;
    expect(painted).toEqual([100]);
  });

  it('paints in the middle of an update that does not end', () => {
    const { clock, painted } = clockOf(() => true);
    clock.request();
    vi.advanceTimersByTime(1_000);
    expect(painted).toHaveLength(1);
  });

  it('paints whole frames only, of a child that begins the next update at once', () => {
    const { clock, painted } = clockOf(() => true);
    for (let frame = 0; frame < 100; frame += 1) {
      clock.request();
      vi.advanceTimersByTime(5);
      clock.wholeFrame();
    }
    // Each 5 ms one is whole; every 20 ms one is due.
    expect(painted.every((at) => at % 5 === 0)).toBe(true);
    expect(painted.length).toBeGreaterThan(20);
  });

  it('is silent once it is stopped', () => {
    const { clock, painted } = clockOf();
    clock.request();
    clock.stop();
    clock.request();
    vi.advanceTimersByTime(100);
    expect(painted).toEqual([]);
  });
});
