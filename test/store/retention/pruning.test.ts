import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDatabase, openReader, openStore } from '../../../src/store/index.js';
import { runScript } from '../support/child.js';
import { ALL_IN_USE, contentUse } from '../support/content-use.js';
import {
  aRequestOf,
  DAY_MS,
  finish,
  keepDays,
  olderThanOnly,
  smallerOnly,
  withHistory,
  withLargeRequests,
} from '../support/old-history.js';
import { aBody, anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

/** Everything that is kept after a request was removed. */
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

describe('pruning by age', () => {
  it('removes a turn with the last of its requests', () => {
    const { file, store, run } = startedStore();
    const ofTurn = (promptId: string, daysAgo: number) => aRequestOf(run.id, daysAgo, { promptId });
    const requests = [ofTurn('gone', 9), ofTurn('partly', 8), ofTurn('partly', 2), ofTurn('kept', 1)];
    for (const request of requests) {
      store.saveRequest(request);
      store.saveResponse(aResponse(request), null);
    }
    expect(finish(store.retention.prune(keepDays(5)))).toBe(2);
    const reader = openReader(file);
    expect(reader.turns().map(({ requests }) => requests)).toEqual([1, 1]);
    reader.close();
    expect(count(file, 'turns')).toBe(2);
    store.close();
  });

  it('removes older requests with all of their rows, and changes neither the others nor the aggregates', () => {
    const { file, store, requests } = withHistory();
    const first = requests[0];
    if (first) store.ratings.add(first.id, { rating: 1, comment: null }, 'local-user');
    const before = aggregates(file);
    expect(finish(store.retention.prune(keepDays(9.5)))).toBe(30);

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

  it('frees the content of a removed request without a sweep', () => {
    const { file, store } = withHistory();
    const pruning = store.retention.prune(keepDays(9.5), 60_000);
    pruning.step();
    expect(pruning.removed).toBe(30);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    store.close();
  });

  it('shortens the file and empties the log', () => {
    const { file, store } = withHistory();
    expect(finish(store.retention.prune(keepDays(-1)))).toBe(39);
    const reader = openReader(file);
    expect(reader.status()).toMatchObject({ requests: 1, freeBytes: 0 });
    reader.close();
    expect(statSync(file).size).toBe(store.retention.usedBytes());
    expect(statSync(`${file}-wal`).size).toBe(0);
    store.close();
  });

  it('overwrites removed content', () => {
    const { file, store, run } = startedStore();
    const words = Array.from({ length: 200 }, (_, index) => {
      const word = `said ${randomBytes(12).toString('hex')}`;
      const request = aRequestOf(run.id, 200 - index, { body: aBody(word) });
      store.saveRequest(request);
      store.saveResponse(aResponse(request), null);
      return word;
    });
    const found = () => {
      const bytes = readFileSync(file).toString('latin1');
      return words.filter((word) => bytes.includes(word));
    };
    // Removes nothing, but moves the log into the file.
    finish(store.retention.prune(olderThanOnly(0)));
    expect(found()).toEqual(words);
    finish(store.retention.prune(keepDays(20.5)));
    expect(found()).toEqual(words.slice(180));
    store.close();
  });

  it('keeps open requests of any age for the process that writes their response', () => {
    const { file, store, run } = startedStore();
    const body = aBody('{"messages":[{"role":"user","content":"long ago"}]}');
    const [open, ended] = [aRequestOf(run.id, 90, { body }), aRequestOf(run.id, 80, { body })];
    store.saveRequest(open);
    store.saveRequest(ended);
    store.saveResponse(aResponse(ended, { body: aBody('shared') }), null);
    store.saveRequest(aRequestOf(run.id, 0));
    const other = openStore(file);
    expect(finish(other.retention.prune(smallerOnly(1)))).toBe(1);
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

  it('keeps the request with the highest number, so that followers see the next one', () => {
    const { file, store, run } = startedStore();
    const late = aRequestOf(run.id, 80);
    for (const request of [aRequestOf(run.id, 60), late]) {
      store.saveRequest(request);
      store.saveResponse(aResponse(request), null);
    }
    const reader = openReader(file);
    const follow = reader.follow({ kind: 'all' });
    expect(finish(store.retention.prune(smallerOnly(1)))).toBe(1);
    expect(storedIds(file)).toEqual([late.id]);
    const next = aRequestOf(run.id, 0);
    store.saveRequest(next);
    store.saveResponse(aResponse(next), null);
    expect(follow().map(({ id }) => id)).toEqual([next.id]);
    reader.close();
    store.close();
  });

  it('removes old incidents, and old sessions without references', () => {
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
    finish(store.retention.prune(keepDays(30)));
    const db = openDatabase(file, { readonly: true });
    expect(db.prepare('SELECT id FROM sessions').pluck().all()).toEqual(['counted']);
    expect(count(file, 'incidents')).toBe(1);
    db.close();
    store.close();
  });

  it('finds content that earlier versions left unused', () => {
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
    expect(finish(store.retention.prune(keepDays(90), 0))).toBe(0);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    expect(storedIds(file)).toHaveLength(requests.length);
    store.close();
  });
});

describe('processes that end early', () => {
  it("shorten the file first, and continue each other's sweep", () => {
    const { file, store } = withHistory();
    store.close();
    const db = openDatabase(file, { readonly: false });
    // Much used content, and after it an unused set.
    db.exec(`
      CREATE TEMP TABLE top AS SELECT max(id) AS id FROM chain_links;
      INSERT INTO chain_links (id, parent, slice)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      SELECT top.id + i, top.id + i - 1, (SELECT min(id) FROM slices) FROM n, temp.top;
      INSERT INTO body_chains (request, side, position, link)
      SELECT (SELECT max(n) FROM captured_requests), 0, 99, max(id) FROM chain_links;
      INSERT INTO source_sets (members) VALUES ('[999]');`);
    db.close();
    /** Too few steps for a whole sweep, which the last steps of the first process begin. */
    function shortProcess(): void {
      const each = openStore(file);
      const pruning = each.retention.prune(keepDays(9.5), 60_000);
      for (let steps = 0; steps < 8 && pruning.step(); steps += 1);
      each.close();
    }
    const before = statSync(file).size;
    shortProcess();
    expect(storedIds(file)).toHaveLength(10);
    expect(statSync(file).size).toBeLessThan(before);
    expect(contentUse(file).unused.sourceSets).toHaveLength(1);
    for (let processes = 0; processes < 10; processes += 1) shortProcess();
    expect(contentUse(file)).toEqual(ALL_IN_USE);
  });
});

describe('pruning by size', () => {
  it('keeps requests since a given time, and still removes by age', () => {
    const { file, store, requests } = withHistory();
    const limits = { olderThan: 0, maxBytes: 1, sparedSince: Date.now() - 4.5 * DAY_MS };
    const reader = openReader(file);
    expect(reader.pruningPlan(limits)).toMatchObject({ requests: 35, estimated: true });
    reader.close();
    expect(finish(store.retention.prune(limits))).toBe(35);
    expect(storedIds(file)).toEqual(requests.slice(35).map(({ id }) => id));
    expect(finish(store.retention.prune({ ...limits, olderThan: Date.now() - 2.5 * DAY_MS }))).toBe(2);
    store.close();
  });

  it('removes the oldest requests until the database is clearly below the limit, and no more', () => {
    const { file, store, requests } = withLargeRequests();
    const maxBytes = Math.round(store.retention.usedBytes() * 0.8);
    const removed = finish(store.retention.prune(smallerOnly(maxBytes)));
    expect(removed).toBeGreaterThan(0);
    expect(storedIds(file)).toEqual(requests.slice(removed).map(({ id }) => id));
    expect(store.retention.usedBytes()).toBeLessThanOrEqual(maxBytes * 0.9);
    expect(store.retention.usedBytes()).toBeGreaterThan(maxBytes * 0.8);
    // Within the limit, so the next run does nothing.
    expect(finish(store.retention.prune(smallerOnly(maxBytes)))).toBe(0);
    store.close();
  });
});

describe('pruning beside other processes', () => {
  it('disturbs neither writers nor readers', async () => {
    const { file, store, requests } = withHistory();
    const snapshot = openDatabase(file, { readonly: true });
    snapshot.exec('BEGIN');
    expect(snapshot.prepare('SELECT count(*) FROM captured_requests').pluck().get()).toBe(40);
    const writer = runScript('write-requests.ts', [file, '60']);
    await writer.line();
    const pruning = store.retention.prune(keepDays(9.5), 1);
    while (pruning.step()) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await writer.ended()).toBe(0);
    expect(snapshot.prepare('SELECT count(*) FROM captured_requests').pluck().get()).toBe(40);
    snapshot.close();
    finish(store.retention.prune(keepDays(9.5)));
    expect(statSync(file).size).toBe(store.retention.usedBytes());

    const reader = openReader(file);
    expect(reader.status()).toMatchObject({ requests: 70, integrity: 'ok' });
    for (const id of storedIds(file)) reader.requestBody(id);
    for (const { id } of requests.slice(30)) reader.requestBody(id);
    reader.close();
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    store.close();
  });

  it('a pruning that is killed at any moment leaves whole requests, and the next run continues', async () => {
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
    expect(finish(next.retention.prune(keepDays(9.5)))).toBeGreaterThan(0);
    next.saveRequest(aRequest(run.id));
    expect(storedIds(file)).toHaveLength(11);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
    next.close();
  });
});
