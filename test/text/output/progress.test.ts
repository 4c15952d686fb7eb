import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProgress } from '../../../src/text/output/progress.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function shown(total: number, isTerminal = true) {
  const drawn: string[] = [];
  const progress = createProgress('verifying', total, { isTerminal, draw: (text) => drawn.push(text) });
  const after = (ms: number, done: number, more?: string) => {
    vi.advanceTimersByTime(ms);
    progress.show(done, more);
    return drawn.at(-1)?.replace('\r', '').replace('\x1b[K', '');
  };
  return { progress, drawn, after };
}

it('shows after a moment how much is done, and after a second the rate and the time left', () => {
  const { after } = shown(1_000);
  expect(after(200, 10)).toBeUndefined();
  expect(after(200, 50)).toBe('verifying: 50 of 1000 (5 %)');
  expect(after(600, 100)).toBe('verifying: 100 of 1000 (10 %), 100/s, 9.0 s left');
  expect(after(9_000, 500, ', 3 MB')).toBe('verifying: 500 of 1000 (50 %), 50/s, 10.0 s left, 3 MB');
  expect(after(90_000, 501)).toBe('verifying: 501 of 1000 (50 %), 5.0/s, 1 m 40 s left');
  expect(after(1_000, 1_000)).toBe('verifying: 1000 of 1000 (100 %), 9.9/s');
});

it('shows what came in the first moment also when nothing follows, until it ends', () => {
  const { after, drawn, progress } = shown(10);
  after(0, 0);
  vi.advanceTimersByTime(300);
  expect(drawn).toEqual(['\rverifying: 0 of 10 (0 %)\x1b[K']);
  after(1, 1);
  progress.end();
  vi.advanceTimersByTime(1_000);
  expect(drawn).toHaveLength(2);
});

it('shows no more than a count where there is more than was expected', () => {
  const { after } = shown(10);
  expect(after(2_000, 40)).toBe('verifying: 40, 20/s');
});

it('draws at most ten times a second, and removes its line', () => {
  const { after, drawn, progress } = shown(1_000);
  for (let done = 0; done < 1_000; done += 1) after(1, done);
  expect(drawn.length).toBe(8);
  progress.end();
  expect(drawn.at(-1)).toBe('\r\x1b[K');
  progress.end();
  expect(drawn.length).toBe(9);
});

it('draws nothing where stderr is no terminal, and removes nothing that is not there', () => {
  const { after, drawn, progress } = shown(10, false);
  after(5_000, 5);
  progress.end();
  expect(drawn).toEqual([]);
});
