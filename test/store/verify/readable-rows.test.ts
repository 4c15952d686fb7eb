import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readableRows } from '../../../src/store/verify/readable-rows.js';
import { Sqlite } from '../../support/sqlite.js';
import { tempDatabase } from '../support/temp-database.js';

const PAGE = 4096;
const TABLE = { table: 'things', key: 'id' };

/** A table with these ids, of which a few fill a page. @returns where it is, and its leaves (from 1), in order. */
function things(ids: readonly number[]): { file: string; leaves: number[] } {
  const file = tempDatabase();
  mkdirSync(dirname(file));
  const db = new Sqlite(file);
  db.exec('CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT)');
  const insert = db.prepare('INSERT INTO things VALUES (?, ?)');
  db.transaction(() => {
    for (const id of ids) insert.run(id, String(id).padEnd(400, '.'));
  })();
  const leaves = db
    .prepare<[], number>("SELECT pageno FROM dbstat WHERE name = 'things' AND pagetype = 'leaf' ORDER BY path")
    .pluck()
    .all();
  db.close();
  return { file, leaves };
}

function destroy(file: string, page: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xee, (page - 1) * PAGE, page * PAGE);
  writeFileSync(file, bytes);
}

function read(file: string, step: number) {
  const db = new Sqlite(file, { readonly: true });
  const statement = db.prepare<[number, number], { id: number }>('SELECT id FROM things WHERE id >= ? AND id < ?');
  const unreadable: number[] = [];
  let ranges = 0;
  const ids: number[] = [];
  for (const { rows } of readableRows(db, TABLE, statement, step, (key) => unreadable.push(key))) {
    ranges += 1;
    ids.push(...rows.map(({ id }) => id));
  }
  db.close();
  return { ids, unreadable, ranges };
}

const someIds = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 30, maxLength: 100 });

it('reads every row once, in order, with any gaps and any step', () => {
  fc.assert(
    fc.property(someIds, fc.integer({ min: 1, max: 500 }), (ids, step) => {
      const { file } = things(ids);
      expect(read(file, step)).toMatchObject({ ids: [...ids].sort((a, b) => a - b), unreadable: [] });
    }),
    { numRuns: 20 },
  );
});

it('loses only the rows of the damaged page, even if it is the first or the last', () => {
  fc.assert(
    fc.property(someIds, fc.nat(), fc.integer({ min: 1, max: 500 }), (given, which, step) => {
      const ids = [...given].sort((a, b) => a - b);
      const { file, leaves } = things(ids);
      const at = which % leaves.length;
      destroy(file, leaves[at] ?? 0);
      const found = read(file, step).ids;
      expect(ids.filter((id) => found.includes(id))).toEqual(found);
      const lost = ids.filter((id) => !found.includes(id));
      expect(lost.length).toBeGreaterThan(0);
      // Rows of one page: nine or ten of this size.
      expect(lost.length).toBeLessThanOrEqual(10);
    }),
    { numRuns: 20 },
  );
});

it('finds the rows before a last page whose keys were lost', () => {
  const ids = Array.from({ length: 60 }, (_, index) => index + 1);
  const { file, leaves } = things(ids);
  const page = leaves.at(-1) ?? 0;
  const bytes = readFileSync(file);
  // Its cells are at its end: all of them read as the key 0.
  bytes.fill(0, page * PAGE - 3_600, page * PAGE);
  writeFileSync(file, bytes);
  for (const step of [5, 500]) expect(read(file, step).ids.filter((id) => id > 0 && id < 50)).toEqual(ids.slice(0, 49));
});

it('skips gaps of any length in a few steps', () => {
  const ids = [1, 2, 1_000_000, 2 ** 39];
  const { file } = things(ids);
  const { ids: found, ranges } = read(file, 10);
  expect(found).toEqual(ids);
  expect(ranges).toBeLessThan(10);
});

it('returns nothing for an empty table', () => {
  expect(read(things([]).file, 10)).toEqual({ ids: [], unreadable: [], ranges: 0 });
});

it('treats invalid keys as damage, and reads the others', () => {
  const { file } = things([]);
  const db = new Sqlite(file);
  db.exec(`
    DROP TABLE things;
    CREATE TABLE things (id PRIMARY KEY, text) WITHOUT ROWID;
    INSERT INTO things (id) VALUES (-7.5), (0.25), (3), (8), (1e300), ('text')`);
  db.close();
  for (const step of [1, 4, 100]) expect(read(file, step).ids).toEqual([0.25, 3, 8]);
});
