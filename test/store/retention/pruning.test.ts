import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDatabase, openReader, openStore } from '../../../src/store/index.js';
import { runScript } from '../support/child.js';
import { ALL_IN_USE, contentUse } from '../support/content-use.js';
import { ANY_SIZE, aRequestOf, DAY_MS, finish, saveHistory } from '../support/old-history.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

/** A conversation of 40 days in a database, its log moved into the file. */
function withHistory() {
  const { file, store, run } = startedStore();
  const requests = saveHistory(store, run.id, 40);
  return { file, store, run, requests };
}

/** Everything that counts beyond the life of a request. */
function aggregates(file: string) {
  const db = openDatabase(file, { readonly: true });
  const rows = ['context_source_metrics', 'request_hours', 'source_hours', 'tool_hours', 'sessions', 'runs'].map(
    (table) => db.prepare(`SELECT * FROM ${table}`).all(),
  );
  db.close();
  return rows;
}

function storedIds(file: string): string[] {
  const reader = openReader(file);
  const { rows } = reader.query({ kind: 'all' }, { limit: 10_000 });
  reader.close();
  return rows.map((row) => row.id).reverse();
}

function count(file: string, table: string): number {
  const db = openDatabase(file, { readonly: true });
  const rows = db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  db.close();
  return rows;
}

const limitsAt = (days: number) => ({ olderThan: Date.now() - days * DAY_MS, maxBytes: ANY_SIZE });

describe('pruning by age', () => {
  it('removes what is older with all that belongs to it, leaves the rest exact and the aggregates as they were', () => {
    const { file, store, requests } = withHistory();
    const first = requests[0];
    if (first) store.ratings.add(first.id, { rating: 1, comment: null }, 'local-user');
    const before = aggregates(file);
    expect(finish(store.retention.prune(limitsAt(9.5)))).toBe(30);

    const kept = requests.slice(30);
    expect(storedIds(file)).toEqual(kept.map(({ id }) => id));
    const reader = openReader(file);
    for (const { id, body } of kept) {
      expect(Buffer.compare(reader.requestBody(id), body.bytes)).toBe(0);
      expect(Buffer.from(reader.responseBody(id) ?? []).toString()).toBe(`event: ${id}\n\n`);
    }
    expect(reader.status().integrity).toBe('ok');
    reader.close();
    expect(aggregates(file)).toEqual(before);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    expect(
      ['captured_responses', 'captured_bodies', 'thread_places', 'quality_feedback', 'request_texts'].map((table) =>
        count(file, table),
      ),
    ).toEqual([10, 20, 10, 0, 10]);
    store.close();
  });

  it('frees what a request leaves unused together with the request: no sweep is needed for it', () => {
    const { file, store } = withHistory();
    const pruning = store.retention.prune(limitsAt(9.5), 60_000);
    pruning.step();
    expect(pruning.removed).toBe(30);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    store.close();
  });

  it('gives the space back: the file is shorter, and nothing waits in the log', () => {
    const { file, store } = withHistory();
    expect(finish(store.retention.prune(limitsAt(-1)))).toBe(40);
    const reader = openReader(file);
    expect(reader.status()).toMatchObject({ requests: 0, slices: 0, free_bytes: 0 });
    reader.close();
    expect(statSync(file).size).toBe(store.retention.usedBytes());
    expect(statSync(`${file}-wal`).size).toBe(0);
    store.close();
  });

  it('leaves a request in flight, however old, for the process that writes its response', () => {
    const { file, store, run } = startedStore();
    const body = aBody('{"messages":[{"role":"user","content":"long ago"}]}');
    const [open, ended] = [aRequestOf(run.id, 90, { body }), aRequestOf(run.id, 80, { body })];
    store.saveRequest(open);
    store.saveRequest(ended);
    store.saveResponse(aResponse(ended, { body: aBody('shared') }), null);
    const other = openStore(file);
    expect(finish(other.retention.prune({ olderThan: Date.now(), maxBytes: 1 }))).toBe(1);
    store.saveResponse(aResponse(open, { body: aBody('shared') }), anAttribution([aShare('user', 10)]));
    const reader = openReader(file);
    expect(reader.request(open.id).state).toBe('complete');
    expect(Buffer.from(reader.requestBody(open.id))).toEqual(body.bytes);
    expect(Buffer.from(reader.responseBody(open.id) ?? []).toString()).toBe('shared');
    reader.close();
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    other.close();
    store.close();
  });

  it('removes old incidents, and old sessions that nothing speaks of any more', () => {
    const { file, store, run } = startedStore();
    const telemetry = aRequestOf(run.id, 60, { kind: 'telemetry', sessionId: 'only-telemetry' });
    const counted = aRequestOf(run.id, 60, { sessionId: 'counted' });
    for (const request of [telemetry, counted]) {
      store.saveRequest(request);
      store.saveResponse(aResponse(request), null);
    }
    for (const at of [Date.now() - 60 * DAY_MS, Date.now()]) {
      store.saveIncident({ runId: run.id, at, code: 'failed', message: `at ${at}` });
    }
    finish(store.retention.prune(limitsAt(30)));
    const db = openDatabase(file, { readonly: true });
    expect(db.prepare('SELECT id FROM sessions').pluck().all()).toEqual(['counted']);
    expect(count(file, 'incidents')).toBe(1);
    db.close();
    store.close();
  });

  it('finds what earlier versions left behind', () => {
    const { file, store, requests } = withHistory();
    const db = openDatabase(file, { readonly: false });
    db.exec(`
      INSERT INTO slices (hash, encoding, size, bytes)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT randomblob(16), 0, 1, x'00' FROM n;
      INSERT INTO chain_links (parent, slice) SELECT (SELECT max(id) FROM chain_links), max(id) FROM slices;
      INSERT INTO chain_links (parent, slice) SELECT (SELECT max(id) FROM chain_links), min(id) FROM slices;
      INSERT INTO source_sets (members) VALUES ('[999]');`);
    db.close();
    expect(contentUse(file).unused.slices).toHaveLength(2_500);
    expect(finish(store.retention.prune(limitsAt(90), 0))).toBe(0);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    expect(storedIds(file)).toHaveLength(requests.length);
    store.close();
  });
});

describe('pruning by size', () => {
  it('removes the oldest until the database uses clearly less than the limit, and no more', () => {
    const { file, store, requests } = withHistory();
    const maxBytes = Math.round(store.retention.usedBytes() * 0.8);
    const removed = finish(store.retention.prune({ olderThan: 0, maxBytes }));
    expect(removed).toBeGreaterThan(0);
    expect(storedIds(file)).toEqual(requests.slice(removed).map(({ id }) => id));
    expect(store.retention.usedBytes()).toBeLessThanOrEqual(maxBytes * 0.9);
    expect(store.retention.usedBytes()).toBeGreaterThan(maxBytes * 0.6);
    // Within the limit: the next one leaves it alone.
    expect(finish(store.retention.prune({ olderThan: 0, maxBytes }))).toBe(0);
    store.close();
  });
});

describe('a plan', () => {
  it('says exactly what goes for its age, and writes nothing', () => {
    const { file, store, requests } = withHistory();
    store.saveRequest(aRequestOf(requests[0]?.runId ?? aRun().id, 90));
    store.close();
    const limits = limitsAt(9.5);
    const bytes = readFileSync(file);
    const reader = openReader(file);
    const used = reader.pruningPlan(limits).usedBytes;
    expect(reader.pruningPlan(limits)).toMatchObject({
      requests: 30,
      tooOld: 30,
      tooLarge: false,
      oldest: requests[0]?.timestamps.initiated,
      newest: requests[29]?.timestamps.initiated,
    });
    expect(reader.pruningPlan(limitsAt(100))).toMatchObject({ requests: 0, oldest: null, newest: null, freedBytes: 0 });
    reader.close();
    expect(Buffer.compare(readFileSync(file), bytes)).toBe(0);

    const pruned = openStore(file);
    finish(pruned.retention.prune(limits));
    expect(pruned.retention.usedBytes()).toBeLessThan(used);
    pruned.close();
  });

  it('estimates what goes for the size: near to what does', () => {
    const { file, store } = withHistory();
    const limits = { olderThan: 0, maxBytes: Math.round(store.retention.usedBytes() * 0.8) };
    const reader = openReader(file);
    const plan = reader.pruningPlan(limits);
    reader.close();
    const before = store.retention.usedBytes();
    const removed = finish(store.retention.prune(limits));
    expect(plan).toMatchObject({ tooOld: 0, tooLarge: true });
    expect(Math.abs(plan.requests - removed)).toBeLessThanOrEqual(10);
    expect(plan.freedBytes / (before - store.retention.usedBytes())).toBeGreaterThan(0.5);
    expect(plan.freedBytes / (before - store.retention.usedBytes())).toBeLessThan(2);
    store.close();
  });
});

describe('pruning beside other processes', () => {
  it('disturbs neither one that writes nor one that reads', async () => {
    const { file, store, requests } = withHistory();
    const snapshot = openDatabase(file, { readonly: true });
    snapshot.exec('BEGIN');
    expect(snapshot.prepare('SELECT count(*) FROM captured_requests').pluck().get()).toBe(40);
    const writer = runScript('write-requests.ts', [file, '60']);
    await writer.line();
    const pruning = store.retention.prune(limitsAt(9.5), 1);
    while (pruning.step()) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await writer.ended()).toBe(0);
    expect(snapshot.prepare('SELECT count(*) FROM captured_requests').pluck().get()).toBe(40);
    snapshot.close();
    finish(store.retention.prune(limitsAt(9.5)));
    expect(statSync(file).size).toBe(store.retention.usedBytes());

    const reader = openReader(file);
    expect(reader.status()).toMatchObject({ requests: 70, integrity: 'ok' });
    for (const id of storedIds(file)) reader.requestBody(id);
    for (const { id } of requests.slice(30)) reader.requestBody(id);
    reader.close();
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    store.close();
  });

  it('survives a kill at any moment: what was done is whole, and the next run goes on', async () => {
    const { file, store, run } = withHistory();
    store.close();
    for (const steps of [1, 7, 40]) {
      const script = runScript('prune.ts', [file, String(Date.now() - 9.5 * DAY_MS)]);
      for (let step = 0; step < steps; step += 1) await script.line();
      script.process.kill('SIGKILL');
      await script.ended();
      expect(contentUse(file).missing).toEqual(ALL_IN_USE.missing);
      const reader = openReader(file);
      expect(reader.status().integrity).toBe('ok');
      for (const id of storedIds(file)) reader.requestBody(id);
      reader.close();
    }
    const next = openStore(file);
    expect(finish(next.retention.prune(limitsAt(9.5)))).toBeGreaterThan(0);
    next.saveRequest(aRequest(run.id));
    expect(storedIds(file)).toHaveLength(11);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    next.close();
  });
});
