import { openDatabase } from '../database.js';
import { storeError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { verifyAggregates, verifySourceSets } from './aggregates.js';
import { LINK_KEYS, SLICE_KEYS, verifyLinks, verifySlices } from './content.js';
import { createDamageLog, type Damage, type NoteDamage } from './damage.js';
import { keyBounds, UNREADABLE, whereReadable } from './readable-rows.js';
import { REQUEST_KEYS, type VerifiedRequests, verifyRequests } from './requests.js';
import { verifyStructure } from './structure.js';
import { countUnused, type Unused } from './unused.js';

export interface Verification extends VerifiedRequests {
  slices: number;
  /** Nothing is wrong when it is empty. */
  damage: Damage[];
  /** Null where damage keeps it from being counted. */
  unused: Unused | null;
}

/** @param total of rows, about */
export type OnProgress = (done: number, total: number) => void;

/**
 * Proves that what is stored is what was captured: the structure of the file, every slice, every body, and the sums. Reads
 * everything, a little at a time, so that other processes can write meanwhile.
 *
 * @throws StoreError when the database cannot be opened or read, other than for damage
 */
export function verifyFile(file: string, onProgress: OnProgress = () => {}): Verification {
  const db = openDatabase(file, { readonly: true });
  try {
    return verify(db, onProgress);
  } catch (error) {
    throw storeError(error, file) ?? error;
  } finally {
    db.close();
  }
}

export function verify(db: Database, onProgress: OnProgress = () => {}): Verification {
  const { note, list } = createDamageLog();
  verifyStructure(db, note);
  const total = [SLICE_KEYS, LINK_KEYS, REQUEST_KEYS].reduce((sum, keys) => sum + idsOf(db, keys), 0);
  let done = 0;
  const passed = (ids: number) => {
    done += ids;
    onProgress(done, total);
  };
  const slices = verifySlices(db, note, passed);
  verifyLinks(db, note, passed);
  const requests = verifyRequests(db, note, passed);
  return { ...requests, slices, unused: verifyTogether(db, note, list()), damage: list() };
}

/** Sums over rows that cannot be read cannot be taken: null. */
function verifyTogether(db: Database, note: NoteDamage, damage: readonly Damage[]): Unused | null {
  if (damage.some(({ kind }) => kind === 'pages')) return null;
  const unused = whereReadable(() => {
    verifyAggregates(db, note);
    verifySourceSets(db, note);
    return countUnused(db);
  });
  if (unused !== UNREADABLE) return unused;
  note('pages', 'rows that cannot be read together', 'of the aggregates and of what they count');
  return null;
}

function idsOf(db: Database, keys: { table: string; key: string }): number {
  const bounds = keyBounds(db, keys);
  return bounds === null ? 0 : bounds.last - bounds.first + 1;
}
