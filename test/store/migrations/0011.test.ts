import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../src/store/database.js';
import { openReader, openStore, verifyFile } from '../../../src/store/index.js';
import { aRequest, aResponse, aRun } from '../support/records.js';
import { oldDatabase } from './old-database.js';

/** A database of the version before: answers whose headers are stored as they are, deflated, damaged, and without the id. */
function landed(): string {
  const { file, db } = oldDatabase(10);
  db.exec(`
    INSERT INTO runs VALUES (1, 'run_1', 1, 0, 1, 'claude', '/project', '0.1.0');
    INSERT INTO sessions VALUES (1, 's', 1, 0, 1)`);
  const headers = (id: string) =>
    Buffer.from(
      JSON.stringify([
        ['Content-Type', 'x'],
        ['Request-Id', id],
      ]),
    );
  const slices: [encoding: number, bytes: Buffer][] = [
    [0, headers('req_plain')],
    [1, deflateRawSync(headers('req_deflated'))],
    [1, Buffer.from('damaged')],
    [0, Buffer.from('[]')],
  ];
  for (const [index, [encoding, bytes]] of slices.entries()) {
    const hash = Buffer.alloc(16, index);
    db.prepare('INSERT INTO slices VALUES (?, ?, ?, ?, ?)').run(index + 1, hash, encoding, 100, bytes);
    db.prepare(`
      INSERT INTO captured_requests (id, correlation_id, run, session, kind, state, method, url, host, http_version, streaming,
        headers, initiated)
      VALUES (@id, @id, 1, 1, 'messages', 'complete', 'POST', 'https://x/', 'x', '1.1', 1, 4, 1)`).run({
      id: `req_${index}`,
    });
    db.prepare('INSERT INTO captured_responses (request, id, headers, latency_ms, billed) VALUES (?, ?, ?, 10, 0)').run(
      ...[index + 1, `resp_${index}`, index + 1],
    );
  }
  db.close();
  return file;
}

it('knows older captures by the id that the API gave their requests', async () => {
  const file = landed();
  const store = openStore(file);
  const ids = ['req_plain', 'req_deflated', 'req_other'];
  expect([...store.knownAnswers(ids)].toSorted()).toEqual(['req_deflated', 'req_plain']);
  store.close();
  const reader = openReader(file);
  expect(reader.page().map(({ origin, latencyMs }) => [origin, latencyMs])).toEqual(Array(4).fill(['wire', 10]));
  reader.close();
});

it('lets the latency be unknown, in a schema that is checked as before', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'claude-trace-store-')), 'trace.db');
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }));
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  const request = aRequest(run.id, { origin: 'transcript' });
  store.saveRequest(request);
  store.saveResponse(aResponse(request, { latencyMs: null }), null);
  store.close();
  expect((await verifyFile(file)).damage).toEqual([]);
  const db = openDatabase(file, { readonly: true });
  expect(db.pragma('writable_schema', { simple: true })).toBe(0);
  expect(db.prepare('SELECT latency_ms, latency_known FROM request_hours').all()).toEqual([
    { latency_ms: 0, latency_known: 0 },
  ]);
  db.close();
});
