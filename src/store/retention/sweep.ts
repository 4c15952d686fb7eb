import { isUsed } from '../content/users.js';
import type { Database } from '../sqlite.js';
import type { Candidates } from './unused.js';

/** Rows looked at in one call: some milliseconds, by indexes alone. */
const ROWS = 1_000;

/** One after the other, each in the order of its cursor, a text. */
const PARTS = [
  {
    name: 'links',
    sql: `
      SELECT id, CAST(id AS TEXT) AS cursor, ${isUsed.link('l.id')} AS used
      FROM chain_links l WHERE id > CAST(? AS INTEGER) ORDER BY id LIMIT ?`,
  },
  {
    name: 'slices',
    // In the order of their hashes: that index is small, the table itself holds the content.
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
 * Looks through everything shared for what nobody uses: left behind by earlier versions, and by processes that were killed
 * while they freed. It goes on where the last one stopped, whichever process that was: most live too short for a whole one.
 */
export interface Sweep {
  /** Only reads, so that nobody waits for it. @returns what seems unused; null when the end was reached. */
  next(): Candidates | null;
  /** To be called within a write transaction when what was found is freed: the next sweep need not look there. */
  keepPlace(): void;
}

interface Row {
  id: number;
  cursor: string;
  used: number;
}

export function createSweep(db: Database): Sweep {
  const parts = PARTS.map(({ name, sql }) => ({ name, rows: db.prepare<[string, number], Row>(sql) }));
  const setPlace = db.prepare<[string]>(`
    INSERT INTO metadata (key, value) VALUES ('sweep_place', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`);
  const removePlace = db.prepare("DELETE FROM metadata WHERE key = 'sweep_place'");
  let { part, after } = readPlace(db);

  return {
    next() {
      const current = parts[part];
      if (current === undefined) return null;
      const rows = current.rows.all(after, ROWS);
      const isLast = rows.length < ROWS;
      after = isLast ? '' : (rows.at(-1)?.cursor ?? '');
      if (isLast) part += 1;
      return { [current.name]: rows.filter(({ used }) => used === 0).map(({ id }) => id) };
    },
    keepPlace() {
      const current = parts[part];
      if (current === undefined) removePlace.run();
      else setPlace.run(`${current.name} ${after}`);
    },
  };
}

/** At the beginning, where no place was kept or none that is known. */
function readPlace(db: Database): { part: number; after: string } {
  const kept = db.prepare<[], unknown>("SELECT value FROM metadata WHERE key = 'sweep_place'").pluck().get();
  const [name, after = ''] = String(kept ?? '').split(' ');
  const part = PARTS.findIndex((each) => each.name === name);
  return part === -1 ? { part: 0, after: '' } : { part, after };
}
