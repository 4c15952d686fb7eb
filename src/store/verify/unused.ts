import { isUsed } from '../content/users.js';
import type { Database } from '../sqlite.js';
import { LINK_KEYS } from './content.js';
import { keyBounds, readableRows } from './readable-rows.js';

const LINKS = 2_000;
const SLICES = 2_000;

/** Content that is not used and that pruning frees. */
export interface Unused {
  links: number;
  slices: number;
  /** Stored size of these slices. */
  bytes: number;
}

interface LinkRow {
  id: number;
  parent: number;
  slice: number;
  ends: number;
}

/**
 * Counts links that are in no body, and slices that only such links use. Writes of other processes in the meantime can shift the
 * figures a little.
 */
export function countUnused(db: Database): Unused {
  const unusedLinks = findUnusedLinks(db);
  const usersOf = db.prepare<[number], number>('SELECT id FROM chain_links WHERE slice = ?').pluck();
  const statement = db.prepare<[number, number], { id: number; bytes: number; links: number }>(`
    SELECT id, length(bytes) AS bytes, EXISTS (SELECT 1 FROM chain_links WHERE slice = slices.id) AS links
    FROM slices WHERE id >= ? AND id < ? AND NOT ${isUsed.sliceBesideBodies('slices.id')}`);
  const unused: Unused = { links: unusedLinks.size, slices: 0, bytes: 0 };
  for (const { rows } of readableRows(db, { table: 'slices', key: 'id' }, statement, SLICES, () => {})) {
    for (const { id, bytes, links } of rows) {
      if (links === 1 && !usersOf.all(id).every((link) => unusedLinks.has(link))) continue;
      unused.slices += 1;
      unused.bytes += bytes;
    }
  }
  return unused;
}

/** A link has a larger id than its parent, so in descending order all possible users of a link come before it. */
function findUnusedLinks(db: Database): Set<number> {
  const unused = new Set<number>();
  const bounds = keyBounds(db, LINK_KEYS);
  if (bounds === null) return unused;
  const read = db.prepare<[number, number], LinkRow>(`
    SELECT id, parent, slice, EXISTS (SELECT 1 FROM body_chains WHERE link = chain_links.id) AS ends
    FROM chain_links WHERE id > ? AND id <= ? ORDER BY id DESC`);
  const parentsInUse = new Set<number>();
  for (let to = bounds.last; to >= bounds.first; to -= LINKS) {
    for (const { id, parent, ends } of read.all(to - LINKS, to)) {
      const continued = parentsInUse.delete(id);
      if (continued || ends === 1) parentsInUse.add(parent);
      else unused.add(id);
    }
  }
  return unused;
}
