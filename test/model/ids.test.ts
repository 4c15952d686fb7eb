import { afterEach, describe, expect, it, vi } from 'vitest';
import { newUlid, requestId, ulidOf } from '../../src/model/ids.js';
import { shortRequestIds, shortSessionIds } from '../../src/text/ids.js';

afterEach(() => void vi.useRealTimers());

/** Ids that are made `ms` apart by the clock. */
function idsAt(...clock: number[]): string[] {
  vi.useFakeTimers({ toFake: ['Date'] });
  return clock.map((now) => {
    vi.setSystemTime(now);
    return requestId(newUlid());
  });
}

const NOON = Date.parse('2999-01-31T12:00:00Z');
const HOUR = 3_600_000;

describe('ids', () => {
  it.each([
    ['a clock that is set back by an hour', idsAt(NOON, NOON - HOUR, NOON - HOUR + 5, NOON - HOUR + 10)],
    ['one millisecond', idsAt(NOON + HOUR, NOON + HOUR, NOON + HOUR)],
  ])('of %s sort in the order of their creation, and differ in their beginnings', (_what, ids) => {
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids.map((id) => id.slice(0, 14)))).toHaveLength(ids.length);
    expect(new Set(ids.map(shortRequestIds([])))).toHaveLength(ids.length);
  });
});

describe('an id that is derived from a text', () => {
  const run = 'run_01kbac0000abcdefghjkmnpqrs';

  it('is the same in the same run, and another one in a run of the same millisecond', () => {
    expect(ulidOf(run, 'a')).toBe(ulidOf(run, 'a'));
    const [one, other] = [ulidOf(run, 'a'), ulidOf('run_01kbac0000zzzzzzzzzzzzzzzz', 'a')];
    expect(one.slice(0, 10)).toBe(other.slice(0, 10));
    expect(one.slice(-6)).not.toBe(other.slice(-6));
  });
});

describe('short ids', () => {
  const same = 'req_01jzx4w8q2v5n7m9p3r6t1y0';

  it('are long enough to distinguish those that are shown together', () => {
    const ids = [`${same}ab`, `${same}ac`, 'req_01jzx5w8q2v5n7m9p3r6t1y0ab'];
    expect(ids.map(shortRequestIds(ids))).toEqual([`${same}ab`, `${same}ac`, 'req_01jzx5w8q2v5n7']);
    expect(ids.map(shortRequestIds([`${same}ab`, `${same}ab`]))[0]).toBe('req_01jzx4w8q2v5n7');
  });

  it('of sessions, too', () => {
    const ids = ['session-1', 'session-2', '07a492d2-6a3c-4c5e-9b1f-0123456789ab'];
    expect(ids.map(shortSessionIds(ids))).toEqual(['session-1', 'session-2', '07a492d2']);
  });
});
