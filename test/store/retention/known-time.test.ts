import { describe, expect, it } from 'vitest';
import { aRequestOf, DAY_MS } from '../support/old-history.js';
import { startedStore } from '../support/started-store.js';

/** The known time of a store with requests of the given days ago, in days from now. */
function knownDay(daysAgo: number[], nowInDays = 0): number | null {
  const { store, run } = startedStore();
  for (const days of daysAgo) store.saveRequest(aRequestOf(run.id, days));
  const now = Date.now();
  const known = store.retention.knownTime(now + nowInDays * DAY_MS);
  store.close();
  return known === null ? null : Math.round((10 * (known - now)) / DAY_MS) / 10;
}

describe('the known time', () => {
  it('is a day after the newest request that is at least a day old', () => {
    expect(knownDay([5, 3, 1.5, 0.5])).toBe(-0.5);
    expect(knownDay([60, 0])).toBe(-59);
  });

  it('stays the same when the clock is set forward and requests are stored with its time', () => {
    expect(knownDay([3, 0], 400)).toBe(1);
    expect(knownDay([3, 0, -400], 400)).toBe(1);
  });

  it('is unknown while no request is a day old', () => {
    expect(knownDay([])).toBeNull();
    expect(knownDay([0.9, 0])).toBeNull();
  });
});
