import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDatabase, openReader, RejectedRecordError } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aRun, aShare, USAGE } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

describe('requests and responses', () => {
  it('are stored and counted once when saved twice', () => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    for (let times = 0; times < 2; times += 1) {
      store.saveRequest(request);
      store.saveResponse(aResponse(request), anAttribution([aShare('user', 1000)]));
    }
    const db = openDatabase(file, { readonly: true });
    expect(db.prepare('SELECT usage_count, total_tokens FROM context_source_metrics').all()).toEqual([
      { usage_count: 1, total_tokens: 1000 },
    ]);
    expect(db.prepare('SELECT count(*) AS n FROM captured_requests').get()).toEqual({ n: 1 });
    db.close();
    store.close();
  });

  it('are refused as a response without its request', () => {
    const { store, run } = startedStore();
    expect(() => store.saveResponse(aResponse(aRequest(run.id)), null)).toThrow(RejectedRecordError);
    store.close();
  });

  it('are summed by source, and by source and hour', () => {
    const { file, store, run } = startedStore();
    const at = (time: string) => ({ ...aRequest(run.id).timestamps, initiated: Date.parse(time) });
    const days = ['2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00.000Z', '2026-03-02T12:00:00.000Z'];
    for (const time of days) {
      const request = aRequest(run.id, { timestamps: at(time) });
      store.saveRequest(request);
      const shares = [
        aShare('mcp:serena', 30),
        aShare('mcp:serena', 20, { part: 'definition' }),
        aShare('user', 50, { costUsd: null }),
      ];
      store.saveResponse(aResponse(request), anAttribution(shares));
    }
    const db = openDatabase(file, { readonly: true });
    expect(
      db
        .prepare(
          'SELECT source, source_type, source_name, usage_count, total_tokens, last_used FROM context_source_metrics',
        )
        .all(),
    ).toEqual([
      {
        source: 'mcp:serena',
        source_type: 'mcp',
        source_name: 'serena',
        usage_count: 3,
        total_tokens: 150,
        last_used: Date.parse(days[2] ?? ''),
      },
      {
        source: 'user',
        source_type: 'user',
        source_name: 'user',
        usage_count: 3,
        total_tokens: 150,
        last_used: Date.parse(days[2] ?? ''),
      },
    ]);
    const hours = db.prepare('SELECT hour, requests, tokens FROM source_hours WHERE source = 1 AND billed = 1');
    expect(hours.all()).toEqual([
      { hour: Date.parse('2026-03-01T23:00:00Z') / 3_600_000, requests: 1, tokens: 50 },
      { hour: Date.parse('2026-03-02T00:00:00Z') / 3_600_000, requests: 1, tokens: 50 },
      { hour: Date.parse('2026-03-02T12:00:00Z') / 3_600_000, requests: 1, tokens: 50 },
    ]);
    const requestRow = db
      .prepare('SELECT time_utc, tokens_known, input_tokens, round(cost_usd, 6) AS cost_usd FROM requests')
      .get();
    expect(requestRow).toEqual({
      time_utc: '2026-03-02 12:00:00.000',
      tokens_known: 'exact',
      input_tokens: 1000,
      cost_usd: 0.0006,
    });
    expect(db.prepare('SELECT source, total_tokens FROM sources').all()).toHaveLength(2);
    expect(db.prepare('SELECT source, part FROM request_sources').all()).toHaveLength(9);
    expect(db.prepare('SELECT command, requests FROM run_log').all()).toEqual([{ command: 'claude', requests: 3 }]);
    db.close();
    store.close();
  });

  it('distinguish estimates from bills', () => {
    const { store, run } = startedStore();
    const billed = aRequest(run.id);
    const aborted = aRequest(run.id);
    const open = aRequest(run.id);
    for (const request of [billed, aborted, open]) store.saveRequest(request);
    store.saveResponse(aResponse(billed), anAttribution([aShare('user', 1000)]));
    store.saveResponse(
      aResponse(aborted, { usage: null, state: 'aborted', status: null }),
      anAttribution([aShare('user', 7)]),
    );
    expect(store.rows([billed.id, aborted.id, open.id]).map((row) => row.tokens)).toMatchObject([
      { input: 1000, uncached: USAGE.uncached, cacheRead: USAGE.cacheRead, output: USAGE.output, known: 'exact' },
      { input: 7, uncached: null, output: null, known: 'estimated' },
      { input: null, output: null, known: null },
    ]);
    store.close();
  });

  it('include the name of the traced program, never its arguments or folder', () => {
    const { file, store } = startedStore();
    store.beginRun(aRun({ command: '/opt/secret-folder/claude' }));
    store.close();
    expect(readFileSync(file).includes('secret-folder')).toBe(false);
  });
});

describe('incidents', () => {
  it('of the same code and message add up within a run', () => {
    const { file, store, run } = startedStore();
    const incident = { runId: run.id, at: 1_000, code: 'full', message: 'No space is left.' };
    store.saveIncident(incident);
    store.saveIncident({ ...incident, at: 3_000, count: 5 });
    store.saveIncident({ ...incident, at: 2_000, code: 'locked' });
    const reader = openReader(file);
    expect(reader.status().incidents).toMatchObject([
      { runId: run.id, code: 'full', count: 6, at: new Date(3_000) },
      { code: 'locked', count: 1 },
    ]);
    reader.close();
    store.close();
  });
});
