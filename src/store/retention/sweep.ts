import type { Database } from '../database.js';
import type { Candidates } from './unused.js';

/** Rows looked at in one call: some milliseconds, by indexes alone. */
const ROWS = 1_000;

/**
 * Looks through everything shared for what nobody uses: left behind by earlier versions, and by processes that were killed
 * while they freed. Only reads, so that nobody waits for it.
 */
export interface Sweep {
  /** @returns what seems unused among the next rows; null when everything was looked through. */
  next(): Candidates | null;
}

export function createSweep(db: Database): Sweep {
  const parts = [linksOf(db), slicesOf(db), sourceSetsOf(db)];
  return {
    next() {
      const found = parts[0]?.() ?? null;
      if (found !== null) return found;
      parts.shift();
      return parts.length > 0 ? {} : null;
    },
  };
}

type Part = () => Candidates | null;

interface Row<Cursor> {
  id: number;
  cursor: Cursor;
  used: number;
}

function linksOf(db: Database): Part {
  const read = db.prepare<[number, number], Row<number>>(`
    SELECT id, id AS cursor,
      EXISTS (SELECT 1 FROM body_chains b WHERE b.link = l.id)
      OR EXISTS (SELECT 1 FROM chain_links child WHERE child.parent = l.id) AS used
    FROM chain_links l WHERE id > ? ORDER BY id LIMIT ?`);
  return walk(0, read.all.bind(read), (links) => ({ links }));
}

/** In the order of their hashes: that index is small, the table itself holds the content. */
function slicesOf(db: Database): Part {
  const read = db.prepare<[Uint8Array, number], Row<Uint8Array>>(`
    SELECT id, hash AS cursor,
      EXISTS (SELECT 1 FROM chain_links WHERE slice = s.id)
      OR EXISTS (SELECT 1 FROM captured_requests WHERE headers = s.id)
      OR EXISTS (SELECT 1 FROM captured_responses WHERE headers = s.id)
      OR EXISTS (SELECT 1 FROM captured_responses WHERE thread = s.id)
      OR EXISTS (SELECT 1 FROM captured_responses WHERE solution = s.id) AS used
    FROM slices s WHERE hash > ? ORDER BY hash LIMIT ?`);
  return walk(new Uint8Array(), read.all.bind(read), (slices) => ({ slices }));
}

function sourceSetsOf(db: Database): Part {
  const read = db.prepare<[number, number], Row<number>>(`
    SELECT id, id AS cursor, EXISTS (SELECT 1 FROM captured_responses WHERE source_set = s.id) AS used
    FROM source_sets s WHERE id > ? ORDER BY id LIMIT ?`);
  return walk(0, read.all.bind(read), (sourceSets) => ({ sourceSets }));
}

function walk<Cursor>(
  start: Cursor,
  read: (after: Cursor, limit: number) => Row<Cursor>[],
  toCandidates: (unused: number[]) => Candidates,
): Part {
  let after = start;
  return () => {
    const rows = read(after, ROWS);
    const last = rows.at(-1);
    if (last === undefined) return null;
    after = last.cursor;
    return toCandidates(rows.filter((row) => row.used === 0).map((row) => row.id));
  };
}
