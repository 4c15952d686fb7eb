import { makeDatabase, pragmaNumber } from '../database.js';
import { StorageIoError } from '../errors.js';
import { appliedMigrations, migrate, pendingMigrations } from '../migrate.js';
import { MIGRATIONS } from '../migrations/index.js';
import type { Database } from '../sqlite.js';
import { createDamageLog, type Damage } from '../verify/damage.js';
import { UNREADABLE, whereReadable } from '../verify/readable-rows.js';
import { TEXT_INDEX, verifyStructure } from '../verify/structure.js';
import { type OnProgress, verify } from '../verify/verify.js';
import { copyRows, type LostRows } from './copy-rows.js';
import { emptyTextIndex, mendReferences, mendSlices, mendSourceSets, raiseAggregates } from './mend.js';
import { removeRepaired, repairedName, replaceFile } from './replace-file.js';

export interface Repair {
  /** nothing: no repair was needed or possible; mended: in place; rebuilt: what can be read was copied to a new file. */
  done: 'nothing' | 'mended' | 'rebuilt';
  /** Before the repair. */
  found: Damage[];
  /** After the repair: content that cannot be restored. */
  left: Damage[];
  lost: LostRows[];
  /** The text index is empty now; attributing again fills it. */
  textsEmptied: boolean;
  /** The new name of the damaged file; null unless rebuilt. */
  kept: string | null;
}

/**
 * Copies what can be read to a new file, which replaces the damaged one after it has been verified.
 *
 * @param db the damaged database, opened alone
 */
export function rebuild(db: Database, file: string, found: Damage[], onProgress: OnProgress): Repair {
  removeRepaired(file);
  const losses = createLosses();
  const repaired = makeDatabase(repairedName(file), schemaOf(db, file));
  let left: Damage[];
  try {
    copyInto(repaired, db, file, losses.note, onProgress);
    left = verify(repaired, onProgress).damage;
    const unmended = left.find(({ kind }) => kind !== 'content');
    if (unmended !== undefined) throw new StorageIoError(repairedName(file), new Error(unmended.what));
    repaired.close();
  } catch (error) {
    repaired.close();
    removeRepaired(file);
    throw error;
  }
  const lost = losses.list();
  const textsEmptied = lost.some(({ table }) => table === TEXT_INDEX);
  return { done: 'rebuilt', found, left, lost, textsEmptied, kept: replaceFile(file, db) };
}

/** The new file is used only once it is complete, so until then it need not survive a crash. */
function copyInto(
  repaired: Database,
  db: Database,
  file: string,
  lost: (table: string, count: number) => void,
  onProgress: OnProgress,
): void {
  repaired.pragma('journal_mode = MEMORY');
  repaired.pragma('synchronous = OFF');
  repaired.pragma('foreign_keys = OFF');
  // Allows writing the internal tables of the text index.
  repaired.unsafeMode(true);
  copyRows(db, repaired, lost, onProgress);
  repaired.unsafeMode(false);
  migrate(repaired, file);
  const texts = createDamageLog();
  verifyStructure(repaired, texts.note);
  if (texts.list().some(({ kind }) => kind === 'texts')) {
    emptyTextIndex(repaired);
    lost(TEXT_INDEX, 1);
  }
  repaired.transaction(() => {
    mendReferences(repaired, lost);
    raiseAggregates(repaired);
    mendSourceSets(repaired);
    mendSlices(repaired);
    // Ids that writers have cached may mean something else now.
    repaired.exec("UPDATE metadata SET value = value + 1 WHERE key = 'content_generation'");
  })();
  repaired.pragma('foreign_keys = ON');
  repaired.pragma('journal_mode = WAL');
}

/** Names of the migrations that made the damaged database. When their table is damaged, the header has their number. */
function schemaOf(db: Database, file: string): string[] {
  const applied = whereReadable(() => {
    pendingMigrations(db, file);
    return appliedMigrations(db);
  });
  return applied === UNREADABLE
    ? MIGRATIONS.slice(0, pragmaNumber(db, 'user_version')).map(({ name }) => name)
    : applied;
}

function createLosses(): { note: (table: string, count: number) => void; list(): LostRows[] } {
  const lost = new Map<string, number>();
  return {
    note: (table, count) => void lost.set(table, (lost.get(table) ?? 0) + count),
    list: () => [...lost].map(([table, count]) => ({ table, count })),
  };
}
