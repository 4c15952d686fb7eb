import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { correlationOf, type RequestId } from '../../../src/model/ids.js';
import { openReader, openStore, type Repair, repairFile, StoreError, verifyFile } from '../../../src/store/index.js';
import { aRequest, aRun } from '../../store/support/records.js';
import { pagesOf, wholeHistory } from '../../store/support/whole-history.js';
import { Sqlite } from '../../support/sqlite.js';
import { fuzzTarget } from '../target.js';
import { inFolder } from './support/in-folder.js';

const PAGE = 4096;

/** Their rows are facts: nothing else in the file can restore them. */
const FACTS = {
  runs: 'n',
  sessions: 'n',
  captured_requests: 'n',
  captured_responses: 'request',
  slices: 'id',
  mcp_messages: 'n',
  mcp_calls: 'request',
};
type Rows = Map<string, Map<number, string>>;

interface Database {
  bytes: Buffer;
  /** Pages (from 1) of each table and index, by name; in the order of names. */
  pages: [string, number[]][];
  bodies: Map<RequestId, Buffer>;
  rows: Rows;
}

/** Made once. Its ids and times differ in each process, so a seed means almost, but not exactly, the same damage. */
const whole: Promise<Database> = inFolder((folder) => {
  const { file, requests } = wholeHistory(3, join(folder, 'trace.db'));
  const bodies = new Map(requests.map(({ id, body }) => [id, body]));
  return { bytes: readFileSync(file), pages: [...pagesOf(file)], bodies, rows: factsOf(file) };
});

const part = fc.record({
  kind: fc.constantFrom('fill', 'zero', 'bytes', 'swap', 'stale'),
  name: fc.nat(),
  page: fc.nat(),
  other: fc.nat(),
  at: fc.oneof(fc.nat(PAGE - 1), fc.nat(16)),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});
const damage = fc.record({
  parts: fc.array(part, { minLength: 1, maxLength: 3 }),
  /** Of the file, in bytes that are missing at its end. */
  cut: fc.option(fc.nat(20 * PAGE), { freq: 6 }),
});
type Damage = typeof damage extends fc.Arbitrary<infer Value> ? Value : never;

function damagedBy({ parts, cut }: Damage, { bytes, pages }: Database): Buffer {
  const file = Buffer.from(bytes);
  const pageOf = (name: number, page: number) => {
    const [, numbers = [1]] = pages[name % pages.length] ?? [];
    const start = ((numbers[page % numbers.length] ?? 1) - 1) * PAGE;
    return file.subarray(start, start + PAGE);
  };
  for (const { kind, name, page, other, at, bytes: given } of parts) {
    const target = pageOf(name, page);
    const source = pageOf(kind === 'stale' ? name : other, other);
    if (kind === 'fill') target.fill(0xee);
    else if (kind === 'zero') target.fill(0);
    else if (kind === 'bytes') target.set(given.subarray(0, PAGE - at), at);
    else {
      const copy = Buffer.from(target);
      target.set(source);
      if (kind === 'swap') source.set(copy);
    }
  }
  return file.subarray(0, Math.max(0, file.length - (cut ?? 0)));
}

/** The rows that SQLite can still find by their keys. */
function factsOf(file: string, keys?: Rows): Rows {
  const db = new Sqlite(file, { readonly: true });
  try {
    return new Map(
      Object.entries(FACTS).map(([table, key]) => {
        const all = keys?.get(table)?.keys() ?? db.prepare<[], number>(`SELECT ${key} FROM ${table}`).pluck().all();
        const found = new Map<number, string>();
        for (const value of all) {
          const row = orNull(() => db.prepare(`SELECT * FROM ${table} WHERE ${key} = ?`).raw().get(value));
          if (row) found.set(value, JSON.stringify(row));
        }
        return [table, found];
      }),
    );
  } finally {
    db.close();
  }
}

function orNull<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Null if it fails with an error of the store. */
function orStoreError<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return null;
  }
}

/** The request bodies that are read as they were captured. */
function goodBodies(file: string, bodies: Database['bodies']): Set<RequestId> {
  const good = new Set<RequestId>();
  const reader = orStoreError(() => openReader(file));
  if (reader === null) return good;
  for (const [id, body] of bodies) {
    const read = orStoreError(() => reader.requestBody(id));
    if (read !== null && body.equals(read)) good.add(id);
  }
  orStoreError(() => reader.query({}, { limit: 10 }));
  orStoreError(() => reader.query({ text: 'wanted' }, { limit: 10 }));
  orStoreError(() => reader.sessions());
  reader.close();
  return good;
}

function lostOf({ lost }: Repair, table: string): number {
  return lost.find((each) => each.table === table)?.count ?? 0;
}

export const database = fuzzTarget('database', 4, damage, (input) =>
  inFolder(async (folder) => {
    const made = await whole;
    const file = join(folder, 'trace.db');
    writeFileSync(file, damagedBy(input, made));
    const bodies = goodBodies(file, made.bodies);
    const before = orNull(() => factsOf(file, made.rows));
    const verified = orStoreError(() => verifyFile(file));
    const repair = orStoreError(() => repairFile(file));
    if (repair === null) return;
    if (verified?.damage.length === 0) assert.equal(repair.done, 'nothing');
    const { damage: left } = verifyFile(file);
    assert.deepEqual(left, repair.left);
    assert.deepEqual(
      left.filter(({ kind }) => kind !== 'content'),
      [],
    );
    const after = factsOf(file);
    for (const [table, rows] of before ?? []) {
      const missing = [...rows.keys()].filter((key) => !after.get(table)?.has(key));
      assert.ok(
        missing.length <= lostOf(repair, table),
        `${table}: ${missing} are lost, and ${JSON.stringify(repair.lost)} reported`,
      );
    }
    // A body without its request does not count: the request may be lost while an index still has it.
    const requests = [...(before?.get('captured_requests')?.values() ?? [])].join('\n');
    const stillGood = goodBodies(file, made.bodies);
    const missing = [...bodies].filter((id) => requests.includes(correlationOf(id)) && !stillGood.has(id));
    assert.deepEqual(missing, [], 'bodies that were good before the repair');
    const store = openStore(file);
    const run = aRun();
    store.beginRun(run);
    store.saveRequest(aRequest(run.id));
    store.close();
  }),
);
