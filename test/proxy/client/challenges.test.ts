import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChallenges } from '../../../src/proxy/client/challenges.js';

/** Challenges whose failures are noted by name. */
function challengesWithNotes() {
  const failed: string[] = [];
  const challenges = createChallenges();
  const begin = (target: string, name: string) => challenges.begin(target, () => failed.push(name));
  return { ...challenges, begin, failed };
}

describe('a request without credentials', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is a failure if it is not repeated with them in time, once', () => {
    const { begin, met, close, failed } = challengesWithNotes();
    begin('a:443', 'first');
    met('b:443');
    vi.advanceTimersByTime(4_999);
    expect(failed).toEqual([]);
    vi.advanceTimersByTime(1);
    close();
    expect(failed).toEqual(['first']);
  });

  it('is not a failure if it is, also beside others to the same target', () => {
    const { begin, met, close, failed } = challengesWithNotes();
    begin('a:443', 'first');
    begin('a:443', 'second');
    begin('a:443', 'third');
    met('a:443');
    met('a:443');
    expect(failed).toEqual([]);
    close();
    expect(failed).toEqual(['third']);
  });

  it('is a failure at once if too many wait', () => {
    const { begin, failed } = challengesWithNotes();
    for (let n = 0; n < 100; n++) begin(`a:${n}`, 'early');
    expect(failed).toEqual([]);
    begin('b:443', 'late');
    expect(failed).toEqual(['late']);
  });
});
