import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLastRequests } from '../../src/wrap/last-requests.js';

const written: string[] = [];
const output = {
  notify: (text: string) => void written.push(`${text}\n`),
  drawLine: (text: string) => void written.push(`\r${text}`),
};

beforeEach(() => {
  vi.useFakeTimers();
  written.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

/** Reports a count every 200 ms. */
function left(requests: ReturnType<typeof createLastRequests>, counts: readonly number[]): void {
  for (const count of counts) {
    requests.unstored(count);
    vi.advanceTimersByTime(200);
  }
}

describe('requests that are still being stored', () => {
  it('are not shown when it takes no time, or with --quiet', () => {
    left(createLastRequests(false, true, output), [40, 20, 10, 0]);
    left(createLastRequests(true, true, output), Array(50).fill(9));
    expect(written).toEqual([]);
  });

  it('are counted down on a line of the terminal, which is removed at the end', () => {
    const requests = createLastRequests(false, true, output);
    left(requests, [...Array(8).fill(30), 20, 10]);
    requests.end();
    const line = (count: number) =>
      `\rclaude-trace: storing the last ${count} requests … (Ctrl-C twice to stop without them)`;
    expect(written).toEqual([line(20), line(10), '\r']);
  });

  it('are printed every five seconds without a terminal', () => {
    left(createLastRequests(false, false, output), Array(40).fill(7));
    expect(written).toHaveLength(2);
    expect(written[0]).toBe('storing the last 7 requests … (Ctrl-C twice to stop without them)\n');
  });

  it('are waited for after one Ctrl-C, but not after a second, or another signal', () => {
    const requests = createLastRequests(false, true, output);
    requests.unstored(5);
    expect(requests.stopsAt('SIGINT')).toBe(false);
    expect(written).toEqual([expect.stringContaining('storing the last 5 requests … (Ctrl-C again to stop')]);
    expect(requests.stopsAt('SIGINT')).toBe(true);
    expect(createLastRequests(false, true, output).stopsAt('SIGTERM')).toBe(true);
  });

  it('are not spoken of when a signal comes after their end', () => {
    const requests = createLastRequests(false, true, output);
    requests.unstored(5);
    requests.end();
    expect(requests.stopsAt('SIGINT')).toBe(false);
    expect(written).toEqual([]);
  });
});
