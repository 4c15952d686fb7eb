import { hash } from 'node:crypto';
import { HASH_BYTES } from '../content/content-writer.js';
import { decodeSlice } from '../content/encoding.js';
import type { Database } from '../sqlite.js';
import type { NoteDamage } from './damage.js';
import { readableRows } from './readable-rows.js';

/** Slices read at a time: a slice can be a whole response. */
const SLICES = 16;
const LINKS = 2_000;

export interface SliceRow {
  /** Bytes, unless a damaged page holds something else. */
  hash: unknown;
  encoding: number;
  size: number;
  /** As `hash`. */
  bytes: unknown;
}

export const SLICE_KEYS = { table: 'slices', key: 'id' };
export const LINK_KEYS = { table: 'chain_links', key: 'id' };

/** @param onProgress called with the number of ids passed since the last call */
export function verifySlices(db: Database, note: NoteDamage, onProgress: (ids: number) => void): number {
  const statement = db.prepare<[number, number], SliceRow & { id: number }>(
    'SELECT id, hash, encoding, size, bytes FROM slices WHERE id >= ? AND id < ?',
  );
  let count = 0;
  const unreadable = (id: number) => note('pages', 'slices that cannot be read', String(id));
  for (const { rows, from, to } of readableRows(db, SLICE_KEYS, statement, SLICES, unreadable)) {
    for (const row of rows) {
      count += 1;
      if (!isWhole(row)) note('content', 'slices that are not what was stored', String(row.id));
    }
    onProgress(to - from);
  }
  return count;
}

/** Whether a slice inflates to what its hash says. */
export function isWhole(row: SliceRow): boolean {
  let content: Uint8Array;
  try {
    content = decodeSlice(row.encoding, row.bytes, row.size);
  } catch {
    // It does not inflate.
    return false;
  }
  if (!(row.hash instanceof Uint8Array)) return false;
  const digest = hash('sha256', content, 'buffer').subarray(0, HASH_BYTES);
  return content.length === row.size && digest.equals(row.hash.subarray(0, HASH_BYTES));
}

/** Every link must have its slice, and unless it is the first, its parent with a smaller id. */
export function verifyLinks(db: Database, note: NoteDamage, onProgress: (ids: number) => void): void {
  const statement = db.prepare<[number, number], { id: number }>(`
    SELECT l.id FROM chain_links l
    WHERE l.id >= ? AND l.id < ? AND (
      NOT EXISTS (SELECT 1 FROM slices s WHERE s.id = l.slice)
      OR (l.parent <> 0 AND (l.parent >= l.id OR NOT EXISTS (SELECT 1 FROM chain_links p WHERE p.id = l.parent)))
    )`);
  const unreadable = (id: number) => note('pages', 'chain links that cannot be read', String(id));
  for (const { rows, from, to } of readableRows(db, LINK_KEYS, statement, LINKS, unreadable)) {
    for (const { id } of rows) note('content', 'chain links without their slice or the link before', String(id));
    onProgress(to - from);
  }
}
