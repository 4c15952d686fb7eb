import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createContentWriter } from '../../../src/store/content/content-writer.js';
import { openDatabase } from '../../../src/store/database.js';
import { NothingCapturedError, openStore, verifyFile } from '../../../src/store/index.js';
import { isWhole } from '../../../src/store/verify/content.js';
import { aRequestOf, DAY_MS, olderThanOnly } from '../support/old-history.js';
import { aBody, aResponse, aRun } from '../support/records.js';
import { tempDatabase } from '../support/temp-database.js';
import { tamper, wholeHistory } from '../support/whole-history.js';

/** The damage found after a change by SQL. */
function damageAfter(file: string, ...statements: string[]) {
  tamper(file, ...statements);
  return verifyFile(file).damage;
}

const LAST_SLICE_OF_FIRST_REQUEST = `
  (SELECT l.slice FROM body_chains b JOIN chain_links l ON l.id = b.link WHERE b.request = 1 AND b.side = 0
   ORDER BY b.position LIMIT 1)`;

describe('verifyFile', () => {
  it('finds an intact database, and counts what it has verified', () => {
    const { file, requests } = wholeHistory();
    const progress: number[] = [];
    const verification = verifyFile(file, (done, total) => progress.push(done / total));
    const responses = requests.map((_, index) => `answer 1 ${index % 12}`);
    const bytes = requests.reduce((sum, { body }) => sum + body.length, 0) + responses.join('').length;
    expect(verification).toMatchObject({
      damage: [],
      requests: requests.length,
      bodies: 2 * requests.length,
      mcpMessages: 6,
      bytes,
      unused: { slices: 0, links: 0, bytes: 0 },
    });
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  it('throws when there is no database', () => {
    expect(() => verifyFile(tempDatabase())).toThrow(NothingCapturedError);
  });

  it('names a slice that is not what was stored, and every request that uses it', () => {
    const { file, requests } = wholeHistory(4);
    const [first] = requests;
    const damage = damageAfter(
      file,
      `UPDATE slices SET encoding = 0, bytes = zeroblob(size)
       WHERE id = (SELECT slice FROM chain_links WHERE id = (SELECT link FROM body_chains WHERE request = 1 AND side = 1))`,
    );
    expect(damage).toEqual([
      {
        kind: 'content',
        what: expect.stringContaining('slices'),
        count: 1,
        examples: [expect.stringMatching(/^\d+$/)],
      },
      { kind: 'content', what: expect.stringContaining('response bodies'), count: 1, examples: [first?.id] },
    ]);
  });

  it.each([
    ['inflates to something else', 'UPDATE slices SET hash = randomblob(16)'],
    ['does not inflate', "UPDATE slices SET bytes = x'ffff', encoding = 1"],
    ['has another size', 'UPDATE slices SET size = size + 1, encoding = 0'],
  ])('reports a slice that %s', (_what, sql) => {
    const { file } = wholeHistory(2);
    expect(damageAfter(file, `${sql} WHERE id = ${LAST_SLICE_OF_FIRST_REQUEST}`)).toContainEqual(
      expect.objectContaining({ kind: 'content', what: expect.stringContaining('slices'), count: 1 }),
    );
  });

  it.each([
    ['content', { bytes: null }],
    ['hash', { hash: null }],
    ['hash of bytes', { hash: 'text' }],
  ])('reports a slice without %s, which a damaged page may have, as damaged', (_what, values) => {
    const bytes = Buffer.from('zoft');
    const slice = { hash: createHash('sha256').update(bytes).digest().subarray(0, 16), encoding: 0, size: 4, bytes };
    expect(isWhole(slice)).toBe(true);
    expect(isWhole({ ...slice, ...values })).toBe(false);
  });

  it.each([
    ['request bodies', 'DELETE FROM body_chains WHERE request = 2 AND side = 0'],
    ['request bodies', 'UPDATE captured_bodies SET sha256 = randomblob(32) WHERE request = 2 AND side = 0'],
    ['response bodies', 'DELETE FROM captured_bodies WHERE request = 2 AND side = 1'],
    ['request headers', 'UPDATE captured_requests SET headers = (SELECT thread FROM captured_responses) WHERE n = 2'],
    ['response headers', 'UPDATE captured_responses SET headers = 999999 WHERE request = 2'],
    ['threads', 'UPDATE captured_responses SET thread = 999999 WHERE request = 2'],
    ['solutions', 'UPDATE captured_responses SET solution = thread WHERE request = 2'],
  ])('names the request whose %s are not what was captured: %s', (what, sql) => {
    const { file, requests } = wholeHistory(2);
    expect(damageAfter(file, sql)).toContainEqual({
      kind: 'content',
      what: `${what} that are not what was captured`,
      count: 1,
      examples: [requests[1]?.id],
    });
  });

  it.each([
    ['is missing', 'UPDATE mcp_messages SET content = 999999 WHERE n = 3'],
    [
      'is not what was stored',
      'UPDATE slices SET bytes = zeroblob(size), encoding = 0 WHERE id = (SELECT content FROM mcp_messages WHERE n = 3)',
    ],
  ])('names the message of MCP whose content %s', (_, sql) => {
    const { file } = wholeHistory(1);
    expect(damageAfter(file, sql)).toContainEqual({
      kind: 'content',
      what: 'MCP messages that are not what was captured',
      count: 1,
      examples: [expect.stringMatching(/^mcpm_/)],
    });
  });

  it('names links without their slice or their parent', () => {
    const { file } = wholeHistory(2);
    const damage = damageAfter(
      file,
      'UPDATE chain_links SET parent = 1000000 WHERE id = 2',
      'UPDATE chain_links SET slice = 1000000 WHERE id = 3',
    );
    expect(damage).toContainEqual({
      kind: 'content',
      what: expect.stringContaining('chain links'),
      count: 2,
      examples: ['2', '3'],
    });
  });

  it.each([
    [
      'index',
      `UPDATE sqlite_schema SET sql = 'CREATE INDEX requests_by_kind ON captured_requests (state, initiated)'
       WHERE name = 'requests_by_kind'`,
    ],
    ['texts', 'DELETE FROM request_texts_data WHERE id > 10'],
    ['references', 'DELETE FROM sessions WHERE n = 1'],
    ['aggregates', 'UPDATE request_hours SET output_tokens = output_tokens - 1'],
    ['aggregates', 'DELETE FROM source_hours WHERE source = 1'],
    ['aggregates', 'DELETE FROM source_set_members WHERE source = 1'],
    ['aggregates', 'UPDATE captured_responses SET source_set = NULL WHERE request = 1'],
    ['aggregates', 'UPDATE context_source_metrics SET usage_count = 1 WHERE id = 1'],
  ])('reports damage of the kind %s: %s', (kind, sql) => {
    const { file } = wholeHistory(2);
    expect(damageAfter(file, sql).map((damage) => damage.kind)).toContain(kind);
  });

  it('accepts aggregates that count more than what is stored, and negative sums of ratings', () => {
    const { file } = wholeHistory(2);
    expect(damageAfter(file, 'UPDATE request_hours SET requests = requests + 7, rating_sum = -5')).toEqual([]);
  });

  it('counts unused content', () => {
    const { file } = wholeHistory(2);
    const db = openDatabase(file, { readonly: false });
    const content = createContentWriter(db);
    const used = db.prepare<[], Buffer>('SELECT bytes FROM slices WHERE encoding = 0 LIMIT 1').pluck().get();
    db.transaction(() => {
      content.chain([Buffer.from('once used'), Buffer.from('so was this'), used ?? Buffer.alloc(0)]);
      content.slice(Buffer.from('headers'));
    })();
    db.close();
    expect(verifyFile(file).unused).toEqual({ links: 3, slices: 3, bytes: 27 });
  });

  it('blocks neither writers nor checkpoints, and reports no damage for concurrent changes', () => {
    const { file, requests } = wholeHistory(20);
    const store = openStore(file, 0);
    const writer = openDatabase(file, { readonly: false, busyTimeoutMs: 0 });
    const run = aRun();
    store.beginRun(run);
    const blocked: unknown[] = [];
    const olderThan = Date.now() - 100 * DAY_MS;
    const verification = verifyFile(file, () => {
      const request = aRequestOf(run.id, 200);
      store.saveRequest(request);
      store.saveResponse(aResponse(request, { body: aBody(request.id) }), null);
      const pruning = store.retention.prune(olderThanOnly(olderThan), 0);
      while (pruning.step());
      blocked.push(...(writer.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]).filter(({ busy }) => busy > 0));
    });
    store.close();
    writer.close();
    expect(verification.damage).toEqual([]);
    // Pruning keeps the newest one.
    expect(verification.requests).toBe(requests.length + 1);
    expect(blocked).toEqual([]);
  });
});
