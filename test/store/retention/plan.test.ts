import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openReader, openStore } from '../../../src/store/index.js';
import { aRequestOf, finish, keepDays, smallerOnly, withHistory, withLargeRequests } from '../support/old-history.js';
import { aRun } from '../support/records.js';

describe('a plan', () => {
  it('is exact about removals by age, and writes nothing', () => {
    const { file, store, requests } = withHistory();
    store.saveRequest(aRequestOf(requests[0]?.runId ?? aRun().id, 90));
    store.close();
    const limits = keepDays(9.5);
    const bytes = readFileSync(file);
    const reader = openReader(file);
    const used = reader.pruningPlan(limits).usedBytes;
    expect(reader.pruningPlan(limits)).toMatchObject({
      requests: 30,
      tooOld: 30,
      estimated: false,
      oldest: new Date(requests[0]?.timestamps.initiated ?? Number.NaN),
      newest: new Date(requests[29]?.timestamps.initiated ?? Number.NaN),
    });
    expect(reader.pruningPlan(keepDays(100))).toMatchObject({ requests: 0, oldest: null, newest: null, freedBytes: 0 });
    reader.close();
    expect(Buffer.compare(readFileSync(file), bytes)).toBe(0);

    const pruned = openStore(file);
    finish(pruned.retention.prune(limits));
    expect(pruned.retention.usedBytes()).toBeLessThan(used);
    pruned.close();
  });

  it('estimates removals by size closely', () => {
    const { file, store } = withLargeRequests();
    const limits = smallerOnly(Math.round(store.retention.usedBytes() * 0.8));
    const reader = openReader(file);
    const plan = reader.pruningPlan(limits);
    reader.close();
    const before = store.retention.usedBytes();
    const removed = finish(store.retention.prune(limits));
    expect(plan).toMatchObject({ tooOld: 0, estimated: true });
    expect(Math.abs(plan.requests - removed)).toBeLessThanOrEqual(3);
    expect(plan.freedBytes / (before - store.retention.usedBytes())).toBeGreaterThan(0.5);
    expect(plan.freedBytes / (before - store.retention.usedBytes())).toBeLessThan(2);
    store.close();
  });
});
