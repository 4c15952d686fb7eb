import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Known, Solution } from '../../src/model/segment.js';
import { DamagedContentError, openDatabase, openReader } from '../../src/store/index.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { decodeSolution, encodeSolution } from '../../src/store/solution.js';
import { Sqlite } from '../support/sqlite.js';
import { anAttribution, aRequest, aResponse, aShare } from './support/records.js';
import { startedStore } from './support/started-store.js';
import { tempDatabase } from './support/temp-database.js';

describe('the thread data of a request', () => {
  it('is returned as it was saved: place, cache miss and solution', () => {
    const { file, store, run } = startedStore();
    const [first, second] = [aRequest(run.id), aRequest(run.id)];
    const solution: Solution = { tokens: [7, 0, 35], known: ['exact', 'shared', 'shared'], cleared: [1] };
    for (const request of [first, second]) store.saveRequest(request);
    store.saveResponse(aResponse(first), anAttribution([aShare('user', 7)]));
    store.saveResponse(
      aResponse(second),
      anAttribution([aShare('user', 42)], {
        solution,
        place: {
          purpose: 'subagent',
          threadId: first.id,
          previousId: first.id,
          continuation: 'edited',
          startedBy: 'toolu_7',
        },
        cacheMiss: {
          cause: 'changed',
          source: 'mcp:serena',
          path: '/tools/3',
          detail: null,
          lostTokens: 1200,
          lostUsd: 0.0042,
        },
      }),
    );
    const reader = openReader(file);
    expect(reader.request(second.id).solution).toEqual(solution);
    expect(reader.query().rows[0]).toMatchObject({
      purpose: 'subagent',
      threadId: first.id,
      previousId: first.id,
      continuation: 'edited',
      startedBy: 'toolu_7',
      cacheMiss: {
        cause: 'changed',
        source: 'mcp:serena',
        path: '/tools/3',
        detail: null,
        lostTokens: 1200,
        lostUsd: 0.0042,
      },
    });
    expect(reader.request(first.id)).toMatchObject({ purpose: 'main', previousId: null, cacheMiss: null });
    reader.close();
    const db = openDatabase(file, { readonly: true });
    expect(db.prepare('SELECT purpose, cache_miss, lost_tokens FROM threads WHERE cache_miss NOT NULL').all()).toEqual([
      { purpose: 'subagent', cache_miss: 'changed', lost_tokens: 1200 },
    ]);
    db.close();
    store.close();
  });

  it('is null for requests of an older schema, which are read like all others', () => {
    const file = databaseBeforeThreads();
    const reader = openReader(file);
    const { rows } = reader.query();
    expect(rows).toMatchObject([
      {
        id: 'req_old',
        purpose: null,
        threadId: null,
        previousId: null,
        cacheMiss: null,
        costUsd: 0.5,
        sources: [{ source: 'user', tokens: 9 }],
      },
    ]);
    expect(reader.request('req_old')).toMatchObject({ attributionVersion: 1, solution: null, startedBy: null });
    expect(reader.sourceUses({ version: 2 })).toMatchObject({ requests: 1, outdatedRequests: 1, tools: [] });
    expect(reader.replay({ version: 2 })).toEqual({ sessions: [['req_old']], others: 0, severed: 0 });
    reader.close();
  });

  it.each([
    ['solution', { thread: { knownServers: ['serena'], agent: null }, solution: null }],
    ['thread', { thread: null, solution: { tokens: [12, 30] } }],
  ])('does not hide a request when its stored %s is damaged', (column, rest) => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.saveResponse(aResponse(request), anAttribution([aShare('user', 7)]));
    store.close();
    const reader = openReader(file);
    expect(reader.request(request.id).damaged).toEqual([]);
    const db = openDatabase(file, { readonly: false });
    const slices = ['999999', '(SELECT headers FROM captured_responses)']; // nothing, and JSON of something else
    for (const slice of slices) {
      db.exec(`UPDATE captured_responses SET ${column} = ${slice}`);
      expect(reader.request(request.id)).toMatchObject({ id: request.id, damaged: [column], ...rest });
    }
    db.close();
    reader.close();
  });

  it('is removed with its request', () => {
    const { file, store, run } = startedStore();
    const request = aRequest(run.id);
    store.saveRequest(request);
    const calls = [{ source: 'tool:Read', tool: 'Read' }];
    store.saveResponse(aResponse(request), anAttribution([aShare('user', 7)], { calls }));
    store.close();
    const db = openDatabase(file, { readonly: false });
    const rows = () =>
      ['thread_places', 'request_tools'].map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    expect(rows()).toEqual([1, 1]);
    db.exec('DELETE FROM captured_requests');
    expect(rows()).toEqual([0, 0]);
    db.close();
  });
});

describe('a stored solution', () => {
  const known = fc.constantFrom<Known[]>('exact', 'shared', 'scaled', 'estimated');
  const anySolution = fc.array(fc.tuple(fc.nat(), known), { maxLength: 200 }).chain((segments) =>
    fc.record<Solution>({
      tokens: fc.constant(segments.map(([tokens]) => tokens)),
      known: fc.constant(segments.map(([, each]) => each)),
      cleared: fc.subarray(segments.map((_, index) => index)),
    }),
  );
  const stored = (solution: Solution): unknown => JSON.parse(Buffer.from(encodeSolution(solution)).toString());

  it('is returned as it was stored', () => {
    fc.assert(
      fc.property(anySolution, (solution) => {
        expect(decodeSolution(stored(solution))).toEqual(solution);
      }),
    );
  });

  it.each([
    ['no object', null],
    ['counts that are no numbers', { tokens: ['7'], known: [['exact', 1]], cleared: [] }],
    ['an unknown way of knowing', { tokens: [7], known: [['guessed', 1]], cleared: [] }],
    ['a run longer than its segments', { tokens: [7], known: [['exact', 4e9]], cleared: [] }],
  ])('that is %s is damaged', (_what, value) => {
    expect(() => decodeSolution(value)).toThrow(DamagedContentError);
  });
});

/** A database as the version before threads left it, with one attributed request. */
function databaseBeforeThreads(): string {
  const file = tempDatabase();
  mkdirSync(dirname(file));
  const db = new Sqlite(file);
  db.pragma(`application_id = ${0x43547263}`);
  db.exec('CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at REAL NOT NULL) WITHOUT ROWID');
  const before = MIGRATIONS.slice(
    0,
    MIGRATIONS.findIndex(({ name }) => name === '0005-threads'),
  );
  for (const migration of before) {
    migration.up(db);
    db.prepare('INSERT INTO migrations VALUES (?, 0)').run(migration.name);
  }
  db.exec(`
    INSERT INTO runs VALUES (1, 'run_old', 1, 0, 1, 'claude', '/project', '0.1.0');
    INSERT INTO slices VALUES (1, x'01', 0, 2, CAST('[]' AS BLOB));
    INSERT INTO slices VALUES (2, x'02', 0, 32, CAST('{"knownServers":[],"agent":null}' AS BLOB));
    INSERT INTO captured_requests (n, id, correlation_id, run, kind, state, method, url, host, http_version, streaming,
      headers, initiated)
    VALUES (1, 'req_old', 'old', 1, 'messages', 'complete', 'POST', 'https://a/', 'a', '1.1', 0, 1, 1000);
    INSERT INTO captured_responses (request, id, status, headers, latency_ms, billed, input_tokens, uncached, cache_read,
      cache_write_5m, cache_write_1h, output_tokens, web_searches, input_cost_usd, attribution_version, thread)
    VALUES (1, 'resp_old', 200, 1, 10, 1, 9, 9, 0, 0, 0, 1, 0, 0.5, 1, 2);
    INSERT INTO captured_bodies SELECT 1, column1, 0, zeroblob(32), NULL, 0, 0, '[]' FROM (VALUES (0), (1));
    INSERT INTO context_source_metrics VALUES (1, 'user', 'user', 'user', 1, 9, 0.5, 0, 0, 1000, 1000);
    INSERT INTO context_attributions VALUES (1, 1, 'text', 9, 0.5, 1, 0, 'user');
  `);
  db.close();
  return file;
}
