import { describe, expect, it, vi } from 'vitest';
import { createClock, now } from '../../src/base/clock.js';

/** A machine, an hour after it was started. */
function machine() {
  const times = { steady: 5_000, wall: 1_000_000_000, uptime: 3_600_000 };
  const clock = createClock({
    origin: times.wall - times.steady,
    steady: () => times.steady,
    wall: () => times.wall,
    uptime: () => times.uptime,
  });
  return {
    clock,
    work(ms: number) {
      times.steady += ms;
      times.wall += ms;
      times.uptime += ms;
    },
    sleep(ms: number) {
      times.wall += ms;
      times.uptime += ms;
    },
    set(ms: number) {
      times.wall += ms;
    },
  };
}

const HOUR = 3_600_000;
const START = 1_000_000_000;

describe('times', () => {
  it('times go on evenly when the clock of the system is set', () => {
    const { clock, work, set } = machine();
    set(2 * HOUR);
    work(10);
    expect(clock()).toBe(START + 10);
    set(-5 * HOUR);
    work(10);
    expect(clock()).toBe(START + 20);
  });

  it('times include the time that the machine slept, also where its clock is set as well', () => {
    const { clock, work, sleep, set } = machine();
    work(10);
    sleep(8 * HOUR);
    work(10);
    expect(clock()).toBe(START + 8 * HOUR + 20);
    set(-HOUR);
    sleep(2 * HOUR);
    set(30 * HOUR);
    work(10);
    expect(clock()).toBe(START + 10 * HOUR + 30);
  });

  it('ignore small corrections, and never go back', () => {
    const { clock, work, set } = machine();
    let last = clock();
    for (let step = 0; step < 2_000; step += 1) {
      work(1);
      set(step % 3 === 0 ? -5 : 2);
      expect(clock()).toBeGreaterThan(last);
      last = clock();
    }
    expect(last).toBe(START + 2_000);
  });

  it('are those of this machine', () => {
    expect(Math.abs(now() - Date.now())).toBeLessThan(60_000);
    try {
      vi.setSystemTime(Date.now() + HOUR);
      expect(now() - Date.now()).toBeLessThan(-HOUR / 2);
    } finally {
      vi.useRealTimers();
    }
  });
});
