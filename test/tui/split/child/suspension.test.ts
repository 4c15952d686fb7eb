import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSuspension } from '../../../../src/tui/split/child/suspension.js';

const CTRL_Z = '\x1a';
const LONG_MS = 10_000;

/** A child that reads keys until it resets its terminal. */
function aChild() {
  const child = { listens: true, stops: 0 };
  const { typed } = createSuspension(
    () => child.listens,
    () => {
      child.stops += 1;
    },
  );
  return { child, typed };
}

describe('a child that gets Ctrl-Z', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([CTRL_Z, '\x1b[122;5u'])('is stopped when it has reset its terminal (%j)', (keys) => {
    const { child, typed } = aChild();
    typed(keys);
    child.listens = false;
    vi.advanceTimersByTime(LONG_MS);
    expect(child.stops).toBe(1);
  });

  it('is not stopped while it goes on reading keys', () => {
    const { child, typed } = aChild();
    typed(CTRL_Z);
    vi.advanceTimersByTime(LONG_MS);
    expect(child.stops).toBe(0);
  });

  it('is not stopped a second time after it stopped itself and was continued', () => {
    const { child, typed } = aChild();
    typed(CTRL_Z);
    child.listens = false;
    process.emit('SIGCONT');
    vi.advanceTimersByTime(LONG_MS);
    expect(child.stops).toBe(0);
  });

  it('leaves no listener', () => {
    const before = process.listenerCount('SIGCONT');
    const { typed } = aChild();
    typed(CTRL_Z);
    vi.advanceTimersByTime(LONG_MS);
    expect(process.listenerCount('SIGCONT')).toBe(before);
  });
});
