import { isUsed } from '../content/users.js';
import type { Database } from '../sqlite.js';
import type { Candidates } from './unused.js';

/** Rows checked in one call: some milliseconds, since indexes are enough. */
const ROWS = 1_000;

/** The tables in the order of the sweep, each read in the order of its cursor, a text. */
const TABLES = [
  {
    name: 'links',
    sql: `
      SELECT id, CAST(id AS TEXT) AS cursor, ${isUsed.link('l.id')} AS used
      FROM chain_links l WHERE id > CAST(? AS INTEGER) ORDER BY id LIMIT ?`,
  },
  {
    name: 'slices',
    // By hash: that index is small, while the table holds the content.
    sql: `
      SELECT id, hex(hash) AS cursor, ${isUsed.slice('s.id')} AS used
      FROM slices s WHERE hash > unhex(?) ORDER BY hash LIMIT ?`,
  },
  {
    name: 'sourceSets',
    sql: `
      SELECT id, CAST(id AS TEXT) AS cursor, ${isUsed.sourceSet('s.id')} AS used
      FROM source_sets s WHERE id > CAST(? AS INTEGER) ORDER BY id LIMIT ?`,
  },
] as const;

/**
 * Finds shared content that is not used: left by earlier versions and by processes that were killed while freeing it. Most
 * processes end before a whole sweep, so it continues where the last one stopped, in whichever process that was.
 */
export interface Sweep {
  /** Only reads, so that others need not wait. @returns what seems unused; null at the end */
  next(): Candidates | null;
  /** Call it inside a write transaction after freeing what was found: the next sweep continues from here. */
  keepPlace(): void;
}

interface Row {
  id: number;
  cursor: string;
  used: number;
}

export function createSweep(db: Database): Sweep {
  const tables = TABLES.map(({ name, sql }) => ({ name, rows: db.prepare<[string, number], Row>(sql) }));
  const setPlace = db.prepare<[string]>(`
    INSERT INTO metadata (key, value) VALUES ('sweep_place', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`);
  const removePlace = db.prepare("DELETE FROM metadata WHERE key = 'sweep_place'");
  let { table, after } = readPlace(db);

  return {
    next() {
      const current = tables[table];
      if (current === undefined) return null;
      const rows = current.rows.all(after, ROWS);
      const isLast = rows.length < ROWS;
      after = isLast ? '' : (rows.at(-1)?.cursor ?? '');
      if (isLast) table += 1;
      return { [current.name]: rows.filter(({ used }) => used === 0).map(({ id }) => id) };
    },
    keepPlace() {
      const current = tables[table];
      if (current === undefined) removePlace.run();
      else setPlace.run(`${current.name} ${after}`);
    },
  };
}

/** The beginning, if no valid place was kept. */
function readPlace(db: Database): { table: number; after: string } {
  const kept = db.prepare<[], unknown>("SELECT value FROM metadata WHERE key = 'sweep_place'").pluck().get();
  const [name, after = ''] = String(kept ?? '').split(' ');
  const table = TABLES.findIndex((each) => each.name === name);
  return table === -1 ? { table: 0, after: '' } : { table, after };
}
