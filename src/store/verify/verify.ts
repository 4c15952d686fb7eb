import { openDatabase } from '../database.js';
import { storeError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { verifyAggregates, verifySourceSets } from './aggregates.js';
import { LINK_KEYS, SLICE_KEYS, verifyLinks, verifySlices } from './content.js';
import { createDamageLog, type Damage, type NoteDamage } from './damage.js';
import { MESSAGE_KEYS, verifyMcpMessages } from './mcp-messages.js';
import { keyBounds, UNREADABLE, whereReadable } from './readable-rows.js';
import { REQUEST_KEYS, type VerifiedRequests, verifyRequests } from './requests.js';
import { verifyStructure } from './structure.js';
import { countUnused, type Unused } from './unused.js';

export interface Verification extends VerifiedRequests {
  slices: number;
  mcpMessages: number;
  /** Empty if nothing is wrong. */
  damage: Damage[];
  /** Null if damage prevents counting it. */
  unused: Unused | null;
}

/** @param total number of rows, roughly */
export type OnProgress = (done: number, total: number) => void;

/**
 * Verifies that what is stored is what was captured: the structure of the file, every slice, every body, every message of MCP,
 * and the sums. Reads
 * everything in small steps, so that other processes can write in the meantime.
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
  const total = [SLICE_KEYS, LINK_KEYS, REQUEST_KEYS, MESSAGE_KEYS].reduce((sum, keys) => sum + idsOf(db, keys), 0);
  let done = 0;
  const passed = (ids: number) => {
    done += ids;
    onProgress(done, total);
  };
  const slices = verifySlices(db, note, passed);
  verifyLinks(db, note, passed);
  const requests = verifyRequests(db, note, passed);
  const mcpMessages = verifyMcpMessages(db, note, passed);
  return { ...requests, slices, mcpMessages, unused: verifyTogether(db, note, list()), damage: list() };
}

/** Checks across all rows; null when some of them cannot be read. */
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
