import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createRetentionUpkeep,
  createWriteQueue,
  openDatabase,
  openReader,
  openStore,
  type Store,
} from '../../../src/store/index.js';
import { createTurn } from '../../../src/store/retention/turn.js';
import type { RetentionUpkeepOptions, Upkeep } from '../../../src/store/retention/upkeep.js';
import { untilTrue } from '../../support/product.js';
import { ALL_IN_USE, contentUse } from '../support/content-use.js';
import { ANY_SIZE, aRequestOf, DAY_MS, saveHistory } from '../support/old-history.js';
import { aBody, aRequest, aResponse, aRun } from '../support/records.js';
import { startedStore } from '../support/started-store.js';
import { tempDatabase } from '../support/temp-database.js';

const POLICY = { maxAgeMs: 9.5 * DAY_MS, maxBytes: ANY_SIZE, firstAfterMs: 1, onTooLarge: () => {} };

/** A running queue with retention, closed at the end of the test. */
function startQueue(file: string, policy: Partial<RetentionUpkeepOptions> = {}) {
  const problems: unknown[] = [];
  const run = aRun();
  const queue = createWriteQueue(() => openStore(file, 250), {
    onProblem: () => {},
    onCommitted: () => {},
    upkeep: createRetentionUpkeep({ ...POLICY, ...policy, onProblem: (problem) => problems.push(problem) }),
  });
  onTestFinished(() => void queue.drain(0));
  queue.push({ type: 'run_begun', run });
  return { queue, run, problems };
}

function oldHistory(): string {
  const { file, store, run } = startedStore();
  saveHistory(store, run.id, 40);
  store.close();
  return file;
}

function metadata(file: string, key: string): number | undefined {
  const db = openDatabase(file, { readonly: true });
  const value = db.prepare<[string], number>('SELECT value FROM metadata WHERE key = ?').pluck().get(key);
  db.close();
  return value;
}

function requests(file: string): number {
  const reader = openReader(file);
  const { total } = reader.query({ kind: 'all' });
  reader.close();
  return total;
}

/** The daily run is complete: the next one is due in more than the minute for which a turn is kept. */
const isDone = (file: string) => (metadata(file, 'retention_due_at') ?? 0) > Date.now() + DAY_MS / 2;

describe('retention while requests are captured', () => {
  it('removes what is too old, keeps new requests, and then pauses for a day', async () => {
    const file = oldHistory();
    const { queue, run } = startQueue(file);
    const captured = Array.from({ length: 20 }, () => aRequest(run.id));
    for (const request of captured) {
      queue.push({ type: 'request', request });
      queue.push({ type: 'response', response: aResponse(request), attribution: null });
    }
    await untilTrue(() => isDone(file));
    expect(requests(file)).toBe(30);
    expect(await queue.drain(10_000)).toEqual({ written: 40, lost: 0 });
    expect(contentUse(file)).toEqual(ALL_IN_USE);
  });

  it('reduces a database that has become too large, even after the daily run', async () => {
    const file = oldHistory();
    const store = openStore(file);
    const used = store.retention.usedBytes();
    store.retention.turn.end(Date.now());
    store.close();
    startQueue(file, { maxAgeMs: 365 * DAY_MS, maxBytes: Math.round(used * 0.9) });
    await expect.poll(() => requests(file)).toBeLessThan(40);
  });

  it('does nothing while it is not due and the size is within the limit', () => {
    const file = oldHistory();
    const store = openStore(file);
    store.retention.turn.end(Date.now());
    const upkeep = createRetentionUpkeep({ ...POLICY, onProblem: () => {} });
    expect(upkeep.step(store)).toBeGreaterThanOrEqual(60_000);
    store.close();
    expect(requests(file)).toBe(40);
  });

  it('continues where a process ended in the middle of it', () => {
    const file = oldHistory();
    const ended = openStore(file);
    createRetentionUpkeep({ ...POLICY, onProblem: () => {} }).step(ended);
    ended.close();
    expect(isDone(file)).toBe(false);
    const db = openDatabase(file, { readonly: false });
    db.prepare("UPDATE metadata SET value = ? WHERE key = 'retention_due_at'").run(Date.now());
    db.close();
    const next = openStore(file);
    const upkeep = createRetentionUpkeep({ ...POLICY, onProblem: () => {} });
    while (!isDone(file)) expect(upkeep.step(next)).not.toBeNull();
    next.close();
    expect(requests(file)).toBe(10);
  });

  it('waits silently while another process locks the database', () => {
    const file = oldHistory();
    const holder = openDatabase(file, { readonly: false });
    holder.exec('BEGIN IMMEDIATE');
    const store = openStore(file, 0);
    const problems: unknown[] = [];
    const upkeep = createRetentionUpkeep({ ...POLICY, onProblem: (problem) => problems.push(problem) });
    expect(upkeep.step(store)).toBeGreaterThan(0);
    holder.exec('ROLLBACK');
    holder.close();
    while (!isDone(file)) upkeep.step(store);
    store.close();
    expect({ problems, left: requests(file) }).toEqual({ problems: [], left: 10 });
  });

  it('reports a permanent failure and stops, while the queue goes on writing', async () => {
    const file = oldHistory();
    const db = openDatabase(file, { readonly: false });
    db.exec("CREATE TRIGGER refuse BEFORE DELETE ON captured_requests BEGIN SELECT raise(ABORT, 'refused'); END");
    db.close();
    const { queue, run, problems } = startQueue(file);
    await untilTrue(() => problems.length > 0);
    queue.push({ type: 'request', request: aRequest(run.id) });
    expect(await queue.drain(10_000)).toEqual({ written: 1, lost: 0 });
    expect(problems).toMatchObject([{ message: 'refused' }]);
    expect(requests(file)).toBe(41);
  });
});

/** Runs all steps that are due. */
function finishRun(upkeep: Upkeep, store: Store): void {
  for (let wait = upkeep.step(store); wait !== 60_000; wait = upkeep.step(store)) expect(wait).not.toBeNull();
}

describe('a clock that is wrong for a while', () => {
  it('a wrong clock causes no removals, although requests are stored with its time', () => {
    const file = oldHistory();
    const store = openStore(file);
    const problems: unknown[] = [];
    const upkeep = createRetentionUpkeep({
      ...POLICY,
      maxAgeMs: 50 * DAY_MS,
      onProblem: (problem) => problems.push(problem),
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * DAY_MS });
    const run = aRun();
    store.beginRun(run);
    const request = aRequestOf(run.id, 0);
    store.saveRequest(request);
    store.saveResponse(aResponse(request), null);
    finishRun(upkeep, store);
    vi.useRealTimers();
    finishRun(upkeep, store);
    store.close();
    expect({ problems, left: requests(file), done: isDone(file) }).toEqual({ problems: [], left: 41, done: true });
  });
});

describe('a database that cannot become small enough', () => {
  it('keeps the last day, reports it once, and is pruned again after growing by a tenth', () => {
    const { file, store, run } = startedStore();
    saveHistory(store, run.id, 40);
    const told: number[] = [];
    const upkeep = createRetentionUpkeep({
      ...POLICY,
      maxBytes: 1,
      onProblem: (problem) => expect.fail(String(problem)),
      onTooLarge: (usedBytes) => told.push(usedBytes),
    });
    finishRun(upkeep, store);
    expect(told).toEqual([store.retention.usedBytes()]);
    // Those that began within a day before the known time.
    expect(requests(file)).toBe(2);

    const saveOld = () => {
      const request = aRequestOf(run.id, 5, { body: aBody(randomBytes(20_000).toString('hex')) });
      store.saveRequest(request);
      store.saveResponse(aResponse(request), null);
    };
    const used = store.retention.usedBytes();
    saveOld();
    while (store.retention.usedBytes() <= used * 1.1) saveOld();
    store.saveRequest(aRequestOf(run.id, 0));
    finishRun(upkeep, store);
    expect(requests(file)).toBe(3);
    expect(told).toHaveLength(1);
    store.close();
  });
});

describe('the turn', () => {
  it('belongs to one process at a time, is lost a minute after the last sign of life, and comes once a day', () => {
    const file = tempDatabase();
    const [one, other] = [openStore(file), openStore(file)];
    const now = Date.now();
    expect([one.retention.turn.take(now), other.retention.turn.take(now)]).toEqual([true, false]);
    one.retention.turn.keep(now + 30_000);
    expect(other.retention.turn.take(now + 80_000)).toBe(false);
    expect(other.retention.turn.take(now + 100_000)).toBe(true);
    other.retention.turn.end(now + 110_000);
    expect(one.retention.turn.take(now + DAY_MS)).toBe(false);
    expect(one.retention.turn.take(now + DAY_MS + 110_000)).toBe(true);
    one.close();
    other.close();
  });

  it('retention goes on after a clock that was a year ahead', () => {
    const db = openDatabase(tempDatabase(), { readonly: false });
    const turn = createTurn(db, (work) => db.transaction(work).immediate());
    turn.end(Date.now() + 365 * DAY_MS);
    expect(turn.take(Date.now())).toBe(true);
    db.close();
  });
});
