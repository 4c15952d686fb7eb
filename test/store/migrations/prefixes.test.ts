import { describe, expect, it } from 'vitest';
import { openReader, verifyFile } from '../../../src/store/index.js';
import { MIGRATIONS } from '../../../src/store/migrations/index.js';
import { Sqlite } from '../../support/sqlite.js';
import { expectAggregatesToBeSums, expectSetsOfSources, newestSchema, schemaOf } from './derived.js';
import { oldDatabase } from './old-database.js';
import { BODIES, fill } from './rows.js';

/** A database made by the first migrations only, with rows as that version wrote them. */
function madeBy(count: number): string {
  const { file, db } = oldDatabase(count);
  fill(db, count);
  db.close();
  return file;
}

/** Later migrations have their own tests. */
const OLD = MIGRATIONS.slice(0, 5).map((migration, index) => [migration.name, index + 1] as const);

describe.each(OLD)('a database whose last migration is %s', (_name, count) => {
  it('gets the schema of a new database', () => {
    const file = madeBy(count);
    openReader(file).close();
    const db = new Sqlite(file, { readonly: true });
    expect(schemaOf(db)).toEqual(newestSchema());
    db.close();
  });

  it('keeps all of its rows', () => {
    const file = madeBy(count);
    const requests = count >= 2 ? BODIES.length : 0;
    expect(verifyFile(file)).toMatchObject({ damage: [], requests, bodies: 2 * requests });
    expectAggregatesToBeSums(file);
    expectSetsOfSources(file);
    const reader = openReader(file);
    const { rows } = reader.query({ kind: 'all' });
    expect(rows.map(({ id }) => Buffer.from(reader.requestBody(id)).toString()).reverse()).toEqual(
      BODIES.slice(0, requests),
    );
    const shares = [
      { source: 'user', tokens: 70 },
      { source: 'mcp:serena', tokens: 30 },
    ];
    for (const { id } of rows) expect(reader.shares(id)).toMatchObject(count >= 3 ? shares : []);
    expect(rows.map(({ rating }) => rating)).toEqual(count >= 3 ? [null, 0.5] : rows.map(() => null));
    const misses = count >= 5 ? [{ cause: 'changed', lostTokens: 640 }, null] : rows.map(() => null);
    expect(rows.map((row) => row.cacheMiss)).toMatchObject(misses);
    reader.close();
  });
});
