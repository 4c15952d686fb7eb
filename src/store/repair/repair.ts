import { statSync } from 'node:fs';
import { codeOf } from '../../base/error-text.js';
import { openAlone } from '../database.js';
import { InUseError, NothingCapturedError, storeError, UnsalvageableError } from '../errors.js';
import { migrate } from '../migrate.js';
import { isDamage, UNREADABLE, whereReadable } from '../read/readable-rows.js';
import type { Database } from '../sqlite.js';
import { createDamageLog, type Damage } from '../verify/damage.js';
import { missingFromSchema, verifyStructure } from '../verify/structure.js';
import { type OnProgress, verify } from '../verify/verify.js';
import { isAlive } from '../write/runs.js';
import { emptyTextIndex, mendSlices, mendSourceSets, raiseAggregates } from './mend.js';
import { openWithNewBeginning, removeCopies } from './new-beginning.js';
import { type Repair, rebuild } from './rebuild.js';

export type { Repair } from './rebuild.js';

/**
 * Saves what can be saved of a damaged database. What SQLite cannot read is never changed: its rows are copied to a new file,
 * which takes the place of the old one when it has been verified. Ended at any moment, it leaves the old one in its place.
 *
 * @throws InUseError, UnsalvageableError, and whatever keeps a database from being opened or written
 */
export function repairFile(file: string, onProgress: OnProgress = () => {}): Repair {
  if (!statSync(file, { throwIfNoEntry: false })?.size) throw new NothingCapturedError(file);
  const alone = takeAlone(file);
  try {
    if (alone === null || !hasSchema(alone)) return rebuildWithoutSchema(alone, file, onProgress);
    refuseLiveRuns(alone, file);
    return repair(alone, file, onProgress);
  } catch (error) {
    throw storeError(error, file) ?? error;
  } finally {
    alone?.close();
  }
}

/** Null when not even the header tells that this is a database: then nobody else can open it, either. */
function takeAlone(file: string): Database | null {
  let db: Database | null = null;
  try {
    db = openAlone(file);
    db.pragma('wal_checkpoint(TRUNCATE)');
    // From here on the file alone is the database.
    if (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size) throw new InUseError(file, 'another process');
    return db;
  } catch (error) {
    db?.close();
    if (isDamage(error)) return null;
    const known = storeError(error, file);
    if (known?.code === 'locked') throw new InUseError(file, 'another process', error);
    throw known ?? error;
  }
}

/** What is wrong with an index or a view does not keep the rows of tables from being read. */
function hasSchema(db: Database): boolean {
  const missing = whereReadable(() => missingFromSchema(db));
  return missing !== UNREADABLE && !missing.some((what) => what.startsWith('table '));
}

/** A `wrap` that has closed the database for a while will come back to it. */
function refuseLiveRuns(db: Database, file: string): void {
  const runs = whereReadable(() =>
    db
      .prepare<[], { pid: number; started_at: number; command: string }>(
        'SELECT pid, started_at, command FROM runs WHERE ended_at IS NULL',
      )
      .all(),
  );
  if (runs === UNREADABLE) return;
  const live = runs.find(isAlive);
  if (live !== undefined) throw new InUseError(file, `claude-trace (pid ${live.pid}), which traces ${live.command}`);
}

function repair(db: Database, file: string, onProgress: OnProgress): Repair {
  const structure = createDamageLog();
  const found = whereReadable(() => {
    verifyStructure(db, structure.note);
    if (needsNewFile(structure.list())) return structure.list();
    migrate(db, file);
    return verify(db, onProgress).damage;
  });
  if (found === UNREADABLE) return rebuild(db, db, file, structure.list(), onProgress);
  return (needsNewFile(found) ? null : mend(db, found, onProgress)) ?? rebuild(db, db, file, found, onProgress);
}

function needsNewFile(damage: readonly Damage[]): boolean {
  return damage.some(({ kind }) => kind === 'pages' || kind === 'references');
}

/**
 * All pages are readable: what is derived from others is made anew, in one transaction.
 *
 * @returns null when that does not help: nothing was changed then
 */
function mend(db: Database, found: Damage[], onProgress: OnProgress): Repair | null {
  const kinds = new Set(found.map(({ kind }) => kind));
  const textsEmptied = kinds.has('texts');
  const repair = { found, left: found, lost: [], textsEmptied, kept: null };
  try {
    return db
      .transaction((): Repair => {
        if (textsEmptied) emptyTextIndex(db);
        if (kinds.has('index')) db.exec('REINDEX');
        if (kinds.has('aggregates')) {
          raiseAggregates(db);
          mendSourceSets(db);
        }
        const slices = kinds.has('content') ? mendSlices(db) : 0;
        if (slices === 0 && found.every(({ kind }) => kind === 'content')) return { ...repair, done: 'nothing' };
        const left = verify(db, onProgress).damage;
        if (left.some(({ kind }) => kind !== 'content')) throw new NotMended();
        return { ...repair, done: 'mended', left };
      })
      .immediate();
  } catch (error) {
    // Two rows where an index allows one cannot be mended in place, either.
    const refused = /^SQLITE_CONSTRAINT/.test(codeOf(error) ?? '');
    if (error instanceof NotMended || refused || isDamage(error)) return null;
    throw error;
  }
}

/** Takes the transaction back. */
class NotMended extends Error {}

/** What leads to all rows is gone, and is taken from a new database. */
function rebuildWithoutSchema(alone: Database | null, file: string, onProgress: OnProgress): Repair {
  const found: Damage[] = [{ kind: 'pages', what: 'schema', count: 1, examples: ['the beginning of the file'] }];
  let copy: Database | null = null;
  try {
    copy = openWithNewBeginning(file);
    refuseLiveRuns(copy, file);
    return rebuild(copy, alone, file, found, onProgress);
  } catch (error) {
    if (isDamage(error)) throw new UnsalvageableError(file, error);
    throw error;
  } finally {
    copy?.close();
    removeCopies(file);
  }
}
