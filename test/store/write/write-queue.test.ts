import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RequestSummary } from '../../../src/model/request.js';
import {
  type Commit,
  createWriteQueue,
  openDatabase,
  openReader,
  openStore,
  type Run,
  type Store,
  type StoreProblem,
  type WriteQueueOptions,
} from '../../../src/store/index.js';
import { createStore } from '../../../src/store/write/store.js';
import { Sqlite } from '../../support/sqlite.js';
import { runScript } from '../support/child.js';
import { aCall, aConnection } from '../support/mcp-records.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aShare } from '../support/records.js';
import { tempDatabase } from '../support/temp-database.js';

const DRAIN_MS = 10_000;

/** A queue that records its problems, commits and attempts, and lets a test wait for them. */
function startQueue(file: string, options: Partial<WriteQueueOptions> & { open?: () => Store } = {}) {
  const problems: StoreProblem[] = [];
  const committed: RequestSummary[] = [];
  const commits: Commit[] = [];
  const waiting: (() => void)[] = [];
  let attempts = 0;
  const wake = () => waiting.splice(0).forEach((resolve) => void resolve());
  const open = () => {
    const store = options.open?.() ?? openStore(file);
    store.setBusyTimeout(0);
    return {
      ...store,
      transaction<Result>(work: () => Result): Result {
        attempts += 1;
        wake();
        return store.transaction(work);
      },
    };
  };
  const queue = createWriteQueue(open, {
    lockPatienceMs: 0,
    ...options,
    onProblem(problem) {
      problems.push(problem);
      wake();
    },
    onCommitted(commit) {
      commits.push(commit);
      committed.push(...commit.rows);
      wake();
    },
  });
  /** Resolves once the condition is true; it is checked after each attempt and each problem. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve));
  }
  const codes = () => problems.map((problem) => problem.code);
  return { queue, problems, committed, commits, until, codes, attempts: () => attempts };
}

describe('write queue', () => {
  it('reports requests only after they are committed', async () => {
    const file = tempDatabase();
    const run = aRun();
    const request = aRequest(run.id);
    const { queue, committed, until } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'request', request });
    await until(() => committed.length === 1);
    const reader = openReader(file);
    expect(reader.query().rows).toEqual(committed);
    queue.push({ type: 'response', response: aResponse(request), attribution: anAttribution([aShare('user', 5)]) });
    await until(() => committed.length === 2);
    expect(reader.query().rows).toEqual([committed[1]]);
    expect(committed[1]).toMatchObject({
      id: request.id,
      status: 200,
      sources: [{ source: 'user', tokens: 5, share: 1 }],
    });
    reader.close();
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 2, lost: 0 });
  });

  it('keeps what it cannot write while the database is locked, and reports it once', async () => {
    const file = tempDatabase();
    openStore(file).close();
    const blocker = new Sqlite(file);
    blocker.exec('BEGIN IMMEDIATE');
    const run = aRun();
    const { queue, committed, problems, codes, until, attempts } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    for (let count = 0; count < 5; count += 1) queue.push({ type: 'request', request: aRequest(run.id) });
    await until(() => attempts() >= 3);
    expect(codes()).toEqual(['locked']);
    expect(committed).toEqual([]);
    blocker.exec('COMMIT');
    await until(() => committed.length === 5);
    expect(codes()).toEqual(['locked', 'recovered']);
    expect(problems[1]).toEqual({ code: 'recovered', lost: 0 });
    blocker.close();
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 5, lost: 0 });
  });

  it('the write queue keeps what does not fit on a full disk until there is room', async () => {
    const file = tempDatabase();
    const db = openDatabase(file, { readonly: false });
    db.pragma('max_page_count = 60');
    const run = aRun();
    const { problems, committed, codes, until, queue } = startQueue(file, { open: () => createStore(db) });
    queue.push({ type: 'run_begun', run });
    const noise = () => aBody(Buffer.from(Array.from({ length: 40_000 }, () => Math.floor(Math.random() * 256))));
    for (let count = 0; count < 10; count += 1)
      queue.push({ type: 'request', request: aRequest(run.id, { body: noise() }) });
    await until(() => problems.length > 0);
    expect(codes()).toEqual(['full']);
    db.pragma('max_page_count = 10000');
    await until(() => committed.length === 10);
    expect(codes()).toEqual(['full', 'recovered']);
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 10, lost: 0 });
  });

  it('the write queue opens the database again after it was read-only', async () => {
    const file = tempDatabase();
    const readOnly = openDatabase(file, { readonly: false });
    readOnly.pragma('query_only = ON');
    const connections = [readOnly];
    const open = () => createStore(connections.shift() ?? openDatabase(file, { readonly: false }));
    const run = aRun();
    const { queue, committed, codes, until } = startQueue(file, { open });
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'request', request: aRequest(run.id) });
    await until(() => committed.length === 1);
    expect(codes()).toEqual(['readonly', 'recovered']);
    await queue.drain(DRAIN_MS);
  });

  it('opens a database that could not be opened before', async () => {
    const file = tempDatabase();
    writeFileSync(dirname(file), 'a file where the folder should be');
    const run = aRun();
    const { queue, problems, committed, codes, until } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'request', request: aRequest(run.id) });
    await until(() => problems.length > 0);
    rmSync(dirname(file));
    await until(() => committed.length === 1);
    expect(codes()).toEqual(['cannot_open', 'recovered']);
    await queue.drain(DRAIN_MS);
  });

  it('stops at a damaged database, reports it once, and deletes nothing', async () => {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    writeFileSync(file, 'garbage '.repeat(1_000));
    const run = aRun();
    const { queue, problems, codes, until } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'request', request: aRequest(run.id) });
    await until(() => problems.length > 0);
    queue.push({ type: 'request', request: aRequest(run.id) });
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 0, lost: 2 });
    expect(codes()).toEqual(['corrupt']);
    expect(readFileSync(file, 'utf8')).toBe('garbage '.repeat(1_000));
  });

  it('the write queue stops when a newer version has migrated the database, and reports it once', async () => {
    const file = tempDatabase();
    const run = aRun();
    const { queue, problems, committed, codes, until } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'request', request: aRequest(run.id) });
    await until(() => committed.length === 1);
    const newer = openDatabase(file, { readonly: false });
    newer.exec("INSERT INTO migrations VALUES ('9999-from-the-future', 0); PRAGMA user_version = 9999");
    // The database would accept all writes of this version: it must notice by itself.
    newer.close();
    queue.push({ type: 'request', request: aRequest(run.id) });
    await until(() => problems.length > 0);
    queue.push({ type: 'request', request: aRequest(run.id) });
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 1, lost: 2 });
    expect(codes()).toEqual(['newer']);
  });

  describe.skipIf(process.platform === 'win32')('whose database is deleted under it', () => {
    const exchange = (run: Run) => {
      const request = aRequest(run.id);
      const response = aResponse(request);
      return {
        request,
        jobs: [
          { type: 'request' as const, request },
          { type: 'response' as const, response, attribution: null },
        ],
      };
    };

    it.each([
      ['with its log', ['', '-wal', '-shm']],
      ['without its log', ['']],
    ])(
      'a database that is deleted %s is made again, with the run and all that is captured from then on, and is reported once',
      async (_, suffixes) => {
        const file = tempDatabase();
        const run = aRun();
        const { queue, committed, codes, until } = startQueue(file, { lockPatienceMs: DRAIN_MS });
        const [first, ...later] = Array.from({ length: 4 }, () => exchange(run));
        queue.push({ type: 'run_begun', run });
        for (const job of first?.jobs ?? []) queue.push(job);
        await until(() => committed.length > 0);
        const unaware = runScript('write-on.ts', [file]);
        await unaware.line();
        for (const suffix of suffixes) rmSync(file + suffix);
        for (const [index, { jobs }] of later.entries()) {
          for (const job of jobs) queue.push(job);
          await until(() => committed.length > index + 1);
        }
        expect(await queue.drain(DRAIN_MS)).toEqual({ written: 8, lost: 0 });
        expect(codes()).toEqual(['replaced']);
        const reader = openReader(file);
        const stored = later.map(({ request }) => reader.request(request.id));
        expect(stored.map(({ state, runId }) => ({ state, runId: runId }))).toEqual(
          later.map(() => ({ state: 'complete', runId: run.id })),
        );
        expect(reader.status()).toMatchObject({ requests: 3, responses: 3, runs: 1, integrity: 'ok' });
        reader.close();
      },
    );
  });

  it('leaves out a record that the database refuses, with its response, and writes the others', async () => {
    const file = tempDatabase();
    const run = aRun();
    const refused = aRequest(aRun().id);
    const good = [aRequest(run.id), aRequest(run.id)];
    const { queue, committed, codes } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    for (const request of [good[0] ?? refused, refused, good[1] ?? refused]) {
      queue.push({ type: 'request', request });
      queue.push({ type: 'response', response: aResponse(request), attribution: null });
    }
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 4, lost: 2 });
    expect(committed.map((row) => row.id)).toEqual(good.map((request) => request.id));
    expect(codes()).toEqual(['rejected']);
  });

  it('stores a response without its attribution when that is refused, reports it once, and loses nothing', async () => {
    const file = tempDatabase();
    const run = aRun();
    const requests = [aRequest(run.id), aRequest(run.id), aRequest(run.id)];
    const { queue, committed, codes } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    for (const [index, request] of requests.entries()) {
      // The first share is valid: it must be rolled back with the refused one.
      const shares = [aShare('user', 5), aShare('skill:half', index === 1 ? 4 : 12.5)];
      queue.push({ type: 'request', request });
      queue.push({ type: 'response', response: aResponse(request), attribution: anAttribution(shares) });
    }
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 6, lost: 0 });
    expect(codes()).toEqual(['unattributed']);
    const sources = (id: string) => committed.find((row) => row.id === id)?.sources.map(({ source }) => source);
    expect(requests.map(({ id }) => sources(id))).toEqual([[], ['user', 'skill:half'], []]);
    expect(committed.map(({ status }) => status)).toEqual([200, 200, 200]);
    const reader = openReader(file);
    expect(requests.map(({ id }) => reader.request(id).attributionVersion)).toEqual([null, 1, null]);
    expect(requests.map(({ id }) => reader.responseBody(id))).not.toContain(null);
    reader.close();
  });

  it('drops the oldest exchanges of other kinds than messages first when memory runs out, and counts them', async () => {
    const file = tempDatabase();
    openStore(file).close();
    const blocker = openDatabase(file, { readonly: false });
    blocker.exec('BEGIN IMMEDIATE');
    const run = aRun();
    const { queue, codes, until } = startQueue(file, { maxBytes: 50_000 });
    const big = { body: aBody('x'.repeat(10_000)) };
    const telemetry = aRequest(run.id, { ...big, kind: 'telemetry' });
    const messages = Array.from({ length: 5 }, () => aRequest(run.id, big));
    queue.push({ type: 'run_begun', run });
    for (const request of [messages[0] ?? telemetry, telemetry, ...messages.slice(1)])
      queue.push({ type: 'request', request });
    queue.push({ type: 'response', response: aResponse(telemetry), attribution: null });
    queue.push({ type: 'response', response: aResponse(messages[0] ?? telemetry), attribution: null });
    await until(() => codes().includes('locked'));
    blocker.exec('COMMIT');
    blocker.close();
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 4, lost: 4 });
    const reader = openReader(file);
    expect(reader.query({ kind: 'all' }).rows.map((row) => row.id)).toEqual(
      messages
        .slice(1)
        .map(({ id }) => id)
        .reverse(),
    );
    reader.close();
    expect(codes()).toEqual(['overflow', 'locked', 'recovered']);
  });

  it('drops records of MCP before exchanges of kind messages when memory runs out', async () => {
    const file = tempDatabase();
    openStore(file).close();
    const blocker = openDatabase(file, { readonly: false });
    blocker.exec('BEGIN IMMEDIATE');
    const run = aRun();
    const lost: string[] = [];
    const { queue, codes, until } = startQueue(file, {
      maxBytes: 50_000,
      onLost: (records) => lost.push(...records),
    });
    const connection = aConnection(run.id);
    const requests = Array.from({ length: 4 }, () => aRequest(run.id, { body: aBody('x'.repeat(8_000)) }));
    queue.push({ type: 'run_begun', run });
    for (const [index, request] of requests.entries()) {
      queue.push({ type: 'request', request });
      const { writes } = aCall(connection.id, {}, 'x'.repeat(5_000));
      queue.push({ type: 'mcp', record: index === 1 ? null : `record ${index}`, writes });
    }
    await until(() => codes().includes('locked'));
    expect(lost).toEqual(['record 0', 'record 2']);
    expect(queue.counts()).toEqual({ written: 0, lost: 3 });
    blocker.exec('COMMIT');
    blocker.close();
    // The one that is left is refused: its connection is not stored.
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 4, lost: 4 });
    expect(lost).toEqual(['record 0', 'record 2', 'record 3']);
    expect(codes()).toEqual(['overflow', 'locked', 'rejected', 'recovered']);
  });

  it('counts the messages that it dropped at their connection', async () => {
    const file = tempDatabase();
    openStore(file).close();
    const blocker = openDatabase(file, { readonly: false });
    const run = aRun();
    const { queue, codes, commits, until } = startQueue(file, { maxBytes: 30_000 });
    const connection = aConnection(run.id, { lost: 2 });
    const push = (record: string, bytes: number) =>
      queue.push({ type: 'mcp', record, writes: aCall(connection.id, {}, 'x'.repeat(bytes)).writes });
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'mcp', record: 'opened', writes: [{ type: 'connection', connection }] });
    await until(() => commits.length === 1);
    blocker.exec('BEGIN IMMEDIATE');
    for (const record of ['first', 'second', 'third', 'fourth']) push(record, 8_000);
    await until(() => codes().includes('locked'));
    blocker.exec('COMMIT');
    blocker.close();
    await until(() => commits.length === 2);
    // A recorder says again what it knows.
    queue.push({ type: 'mcp', record: 'closed', writes: [{ type: 'connection', connection }] });
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 4, lost: 2 });
    const reader = openReader(file);
    expect(reader.mcpConnections()).toMatchObject([{ id: connection.id, lost: 4 }]);
    expect(reader.mcpServers()).toMatchObject([{ calls: 2, lost: 4 }]);
    reader.close();
  });

  it('announces a commit of MCP rows alone, with the records to acknowledge', async () => {
    const run = aRun();
    const { queue, commits, until } = startQueue(tempDatabase());
    const connection = aConnection(run.id);
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'mcp', record: 'of the shim', writes: [{ type: 'connection', connection }] });
    queue.push({ type: 'mcp', record: null, writes: aCall(connection.id).writes });
    await until(() => commits.length === 1);
    expect(commits).toEqual([{ rows: [], mcpRecords: ['of the shim'] }]);
    expect(await queue.drain(DRAIN_MS)).toEqual({ written: 2, lost: 0 });
    expect(commits).toHaveLength(1);
  });

  it('gives up after the drain timeout, and returns how much is lost', async () => {
    const file = tempDatabase();
    openStore(file).close();
    const blocker = openDatabase(file, { readonly: false });
    blocker.exec('BEGIN IMMEDIATE');
    const run = aRun();
    const { queue } = startQueue(file);
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'request', request: aRequest(run.id) });
    expect(await queue.drain(100)).toEqual({ written: 0, lost: 1 });
    blocker.close();
  });

  it('continues after the drain timeout as long as writing works, unless it is aborted', async () => {
    const run = aRun();
    const fill = (queue: ReturnType<typeof startQueue>['queue']) => {
      queue.push({ type: 'run_begun', run });
      for (let count = 0; count < 1_000; count += 1) queue.push({ type: 'request', request: aRequest(run.id) });
    };
    const patient = startQueue(tempDatabase());
    fill(patient.queue);
    expect(await patient.queue.drain(0)).toEqual({ written: 1_000, lost: 0 });

    const hurried = startQueue(tempDatabase());
    fill(hurried.queue);
    const hurry = new AbortController();
    void hurried.until(() => hurried.committed.length > 0).then(() => hurry.abort());
    const { written, lost } = await hurried.queue.drain(DRAIN_MS, hurry.signal);
    expect(written).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
    expect(written + lost).toBe(1_000);
  });

  it('is relieved by writing at once, while the database works', async () => {
    const run = aRun();
    const { queue, committed } = startQueue(tempDatabase());
    queue.push({ type: 'run_begun', run });
    for (let count = 0; count < 200; count += 1) queue.push({ type: 'request', request: aRequest(run.id) });
    queue.relieve();
    expect(queue.waiting()).toBeLessThan(64);
    expect(committed.length).toBe(201 - queue.waiting() - 1);
    await queue.drain(DRAIN_MS);
  });

  it('reports which requests are lost', async () => {
    const lost: string[] = [];
    const run = aRun();
    const { queue } = startQueue(tempDatabase(), { maxBytes: 10_000, onLost: (ids) => lost.push(...ids) });
    const requests = Array.from({ length: 10 }, () => aRequest(run.id));
    for (const request of requests) queue.push({ type: 'request', request });
    expect(lost).toEqual(requests.slice(0, lost.length).map(({ correlationId }) => correlationId));
    expect(lost.length).toBeGreaterThan(0);
    await queue.drain(DRAIN_MS);
  });
});
