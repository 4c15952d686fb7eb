import { describe, expect, it } from 'vitest';
import { openReader, openStore } from '../../src/store/index.js';
import { runScript } from './support/child.js';
import { aRequest, aResponse, aRun } from './support/records.js';
import { startedStore } from './support/started-store.js';
import { tempDatabase } from './support/temp-database.js';

describe('several processes', () => {
  it('write at once and lose nothing, and readers never wait and see consistent totals', async () => {
    const file = tempDatabase();
    const readers = [1, 2].map(() => runScript('read-consistently.ts', [file]));
    const scripts = Array.from({ length: 4 }, () => runScript('write-requests.ts', [file, '40']));
    await Promise.all(scripts.map((script) => script.line()));
    expect(await Promise.all(scripts.map((script) => script.ended()))).toEqual([0, 0, 0, 0]);
    for (const each of readers) {
      each.process.stdin?.end();
      expect(JSON.parse(await each.line())).toEqual({ reads: expect.any(Number), waited: 0, wrong: [] });
    }
    const reader = openReader(file);
    expect(reader.status()).toMatchObject({ requests: 160, responses: 80, runs: 4, integrity: 'ok' });
    const { rows } = reader.query({}, { limit: 160 });
    for (const row of rows) reader.requestBody(row.id);
    expect(reader.request('last').state).toMatch(/^(open|complete)$/);
    reader.close();
  });

  it('leave interrupted requests when killed, and keep theirs open while alive', async () => {
    const file = tempDatabase();
    const killed = runScript('write-requests.ts', [file, '4', 'stay']);
    const living = runScript('write-requests.ts', [file, '4', 'stay']);
    const [killedRun, livingRun] = await Promise.all([killed.line(), living.line()]);
    const store = openStore(file);
    expect(store.markInterrupted()).toBe(0);
    killed.process.kill('SIGKILL');
    await killed.ended();
    expect(store.markInterrupted()).toBe(2);
    const reader = openReader(file);
    const states = reader.query({}, { limit: 8 }).rows.map((row) => reader.request(row.id));
    const statesOf = (run: string) =>
      states
        .filter((row) => row.runId === run)
        .map((row) => row.state)
        .sort();
    expect(statesOf(killedRun)).toEqual(['complete', 'complete', 'interrupted', 'interrupted']);
    expect(statesOf(livingRun)).toEqual(['complete', 'complete', 'open', 'open']);
    expect(states.find((row) => row.state === 'interrupted')).toMatchObject({
      error: expect.stringContaining('interrupted'),
      response: null,
      latencyMs: null,
    });
    reader.close();
    store.close();
  });

  it('mark the requests of an earlier process with the same pid as interrupted, and still store a late response', () => {
    const { file, store } = startedStore();
    const old = aRun({ startedAt: Date.now() - process.uptime() * 1000 - 60_000 });
    store.beginRun(old);
    const request = aRequest(old.id);
    store.saveRequest(request);
    expect(store.markInterrupted()).toBe(1);
    store.saveResponse(aResponse(request), null);
    const reader = openReader(file);
    expect(reader.request(request.id)).toMatchObject({ state: 'complete', status: 200, error: null });
    reader.close();
    store.close();
  });
});
