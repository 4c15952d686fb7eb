import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSpeed, ReplayClock } from '../../../src/mcp/replay/clock.js';

/** A time that only moves when it is asked to. */
function fakeTime() {
  let time = 5_000;
  return { now: () => time, pass: (ms: number) => (time += ms) };
}

describe('the clock of a replay', () => {
  it.each([
    [0.1, 10_000],
    [0.5, 2_000],
    [1, 1_000],
    [3, 1_000 / 3],
    [10, 100],
    ['max', 0],
  ] as const)('at speed %s, the frame at 1 s is due after %d ms', (speed, ms) => {
    const clock = new ReplayClock({ speed, now: fakeTime().now });

    expect(clock.msUntil(1_000)).toBeCloseTo(ms, 6);
  });

  it('computes each due time from the start: lateness does not add up', () => {
    const { now, pass } = fakeTime();
    const clock = new ReplayClock({ speed: 2, now });
    for (let place = 10; place <= 10_000; place += 10) pass(clock.msUntil(place) + 0.7);

    expect(now()).toBeCloseTo(5_000 + 5_000 + 0.7, 6);
  });

  it('does not move while it is paused', () => {
    const { now, pass } = fakeTime();
    const clock = new ReplayClock({ now });
    pass(300);
    clock.pause();
    pass(60_000);

    expect(clock.place).toBe(300);
    expect(clock.msUntil(300)).toBe(0);
    expect(clock.msUntil(301)).toBe(Number.POSITIVE_INFINITY);

    clock.play();
    pass(100);
    expect(clock.place).toBe(400);
    expect(clock.msUntil(1_000)).toBe(600);
  });

  it('keeps its place when its speed changes', () => {
    const { now, pass } = fakeTime();
    const clock = new ReplayClock({ now });
    pass(500);
    clock.setSpeed(10);

    expect(clock.place).toBe(500);
    expect(clock.msUntil(1_500)).toBe(100);
    pass(100);
    expect(clock.place).toBe(1_500);
  });

  it('seeks forward and back, playing and paused', () => {
    const { now, pass } = fakeTime();
    const clock = new ReplayClock({ now });
    clock.seek(9_000);
    pass(10);
    expect(clock.place).toBe(9_010);

    clock.pause();
    clock.seek(20);
    pass(10);
    expect(clock.place).toBe(20);
  });

  it('is at the frame that was waited for last at speed max, and goes on from there', async () => {
    const { now, pass } = fakeTime();
    const clock = new ReplayClock({ speed: 'max', now });
    await clock.until(800);
    await clock.until(700);
    pass(5_000);
    expect(clock.place).toBe(800);

    clock.setSpeed(1);
    pass(50);
    expect(clock.place).toBe(850);
  });

  it.each([
    ['1', 1],
    ['0.1', 0.1],
    ['.5', 0.5],
    ['10', 10],
    ['max', 'max'],
    ['0.09', null],
    ['10.1', null],
    ['-1', null],
    ['1e1', null],
    ['', null],
    ['fast', null],
  ])('reads %j as a speed: %s', (text, speed) => expect(parseSpeed(text)).toBe(speed));
});

describe('waiting for a frame', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Whether a promise has resolved by now. */
  function watched(promise: Promise<void>) {
    const state = { done: false };
    promise.then(
      () => (state.done = true),
      () => {},
    );
    return state;
  }

  it('ends when the frame is due, and not before', async () => {
    const wait = watched(new ReplayClock({ speed: 0.5 }).until(1_000));
    await vi.advanceTimersByTimeAsync(1_998);
    expect(wait.done).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(wait.done).toBe(true);
  });

  it('takes a pause, a change of speed and a seek into account while it waits', async () => {
    const clock = new ReplayClock();
    const wait = watched(clock.until(1_000));
    await vi.advanceTimersByTimeAsync(500);
    clock.pause();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(wait.done).toBe(false);

    clock.play();
    clock.setSpeed(10);
    await vi.advanceTimersByTimeAsync(48);
    expect(wait.done).toBe(false);
    await vi.advanceTimersByTimeAsync(3);
    expect(wait.done).toBe(true);

    const later = watched(clock.until(1_000_000));
    clock.seek(1_000_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(later.done).toBe(true);
  });

  it('waits for weeks, longer than a timer of Node.js can be', async () => {
    const weeks = 40 * 86_400_000;
    const wait = watched(new ReplayClock().until(weeks));
    await vi.advanceTimersByTimeAsync(weeks - 1_000);
    expect(wait.done).toBe(false);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(wait.done).toBe(true);
  });

  it('ends with the reason of its signal', async () => {
    const clock = new ReplayClock({ playing: false });
    const aborted = new AbortController();
    const wait = clock.until(10, aborted.signal);
    aborted.abort(new Error('closed'));

    await expect(wait).rejects.toThrow('closed');
    await expect(clock.until(0, aborted.signal)).rejects.toThrow('closed');
  });
});
