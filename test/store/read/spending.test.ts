import { afterEach, describe, expect, it, vi } from 'vitest';
import { BUDGET_PERIODS } from '../../../src/model/budget.js';
import { openReader } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

afterEach(() => vi.unstubAllEnvs());

/** A request of session a at each time, with its cost in dollars; null: without a known price. */
function stored(costs: Readonly<Record<string, number | null>>): string {
  const { file, store, run } = startedStore();
  for (const [time, cost] of Object.entries(costs)) {
    const timestamps = { ...aRequest(run.id).timestamps, initiated: Date.parse(time) };
    const request = aRequest(run.id, { sessionId: 'a', timestamps });
    store.saveRequest(request);
    const attribution = anAttribution([aShare('user', 100)], {
      inputCostUsd: cost,
      outputCostUsd: null,
      output: { tokens: 42, known: 'exact' },
    });
    store.saveResponse(aResponse(request), attribution);
  }
  store.close();
  return file;
}

function spendingAt(now: string, costs: Readonly<Record<string, number | null>>) {
  const reader = openReader(stored(costs));
  const spending = reader.spending(BUDGET_PERIODS, { now: new Date(now), sessionId: 'a' });
  reader.close();
  return spending;
}

describe('readSpending', () => {
  it.each([
    ['UTC', { session: 31, day: 24, month: 30 }],
    // 01:00Z is still the last of February.
    ['America/New_York', { session: 31, day: 24, month: 28 }],
    // 23:30Z is the first of March.
    ['Europe/Berlin', { session: 31, day: 24, month: 31 }],
    // Midnight is not a full hour of UTC.
    ['Asia/Kolkata', { session: 31, day: 28, month: 31 }],
  ])('counts from local midnight and from the first of the local month on: %s', (zone, expected) => {
    vi.stubEnv('TZ', zone);
    const spending = spendingAt('2026-03-02T12:00:00Z', {
      '2026-02-28T23:30:00Z': 1,
      '2026-03-01T01:00:00Z': 2,
      '2026-03-01T18:45:00Z': 4,
      '2026-03-02T05:30:00Z': 8,
      '2026-03-02T11:59:00Z': 16,
    });
    const costs = Object.fromEntries(Object.entries(spending).map(([period, { costUsd }]) => [period, costUsd]));
    expect(costs).toEqual(expected);
  });

  it('has the sum that `stats` has since the same time', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    const reader = openReader(
      stored({ '2026-03-01T18:15:00Z': 1, '2026-03-01T18:45:00Z': 0.1, '2026-03-02T01:00:00Z': 0.2 }),
    );
    const since = Date.parse('2026-03-01T18:30:00Z');
    const { costUsd } = reader.stats({ since }, { by: 'model' }).total;
    const { day } = reader.spending(['day'], { now: new Date('2026-03-02T12:00:00Z'), sessionId: null });
    reader.close();
    expect(day?.costUsd).toBe(costUsd);
    expect(costUsd).toBe(0.3);
  });

  it('counts requests whose price is not known apart', () => {
    const { session } = spendingAt('2026-03-02T12:00:00Z', { '2026-03-02T01:00:00Z': null, '2026-03-02T02:00:00Z': 2 });
    expect(session).toEqual({ costUsd: 2, isEstimate: false, unpriced: 1 });
  });

  it('has nothing for a session that is not known, and no period that was not asked for', () => {
    const reader = openReader(stored({}));
    expect(reader.spending(['session'], { now: new Date(), sessionId: null })).toEqual({});
    expect(reader.spending([], { now: new Date(), sessionId: 'a' })).toEqual({});
    expect(reader.spending(['day'], { now: new Date(), sessionId: null })).toEqual({
      day: { costUsd: 0, isEstimate: false, unpriced: 0 },
    });
    reader.close();
  });
});
