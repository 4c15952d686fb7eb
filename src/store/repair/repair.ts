import { codeOf } from '../../base/error-text.js';
import { openAlone } from '../database.js';
import { InUseError, isDamage, NoSchemaError, NothingCapturedError, storeError } from '../errors.js';
import { sizeOf } from '../files.js';
import { isAlive, openRuns } from '../live-runs.js';
import { appliedMigrations, migrate } from '../migrate.js';
import { captures } from '../migrations/0002-captures.js';
import { type Database, loadSqlite } from '../sqlite.js';
import { createDamageLog, type Damage } from '../verify/damage.js';
import { UNREADABLE, whereReadable } from '../verify/readable-rows.js';
import { missingFromSchema, verifyStructure } from '../verify/structure.js';
import { type OnProgress, verify } from '../verify/verify.js';
import { emptyTextIndex, mendSlices, mendSourceSets, raiseAggregates } from './mend.js';
import { type Repair, rebuild } from './rebuild.js';

export type { Repair } from './rebuild.js';

/**
 * Saves what can be saved of a damaged database. Pages that SQLite cannot read are never changed: the readable rows are copied
 * to a new file, which replaces the damaged one after it has been verified. If the repair is killed at any moment, the
 * original is still in its place.
 *
 * @throws InUseError; NoSchemaError when no row can be found; whatever prevents a database from being opened or written
 */
export function repairFile(file: string, onProgress: OnProgress = () => {}): Repair {
  if (!sizeOf(file)) throw new NothingCapturedError(file);
  const alone = takeAlone(file);
  try {
    if (!hasTables(alone)) throw new NoSchemaError(file);
    refuseLiveRuns(alone, file);
    return repair(alone, file, onProgress);
  } catch (error) {
    throw storeError(error, file) ?? error;
  } finally {
    alone.close();
  }
}

/** Whether a repair could find the tables of a damaged database. Changes nothing, and does not need the database for itself. */
export function isRepairable(file: string): boolean {
  const Sqlite = loadSqlite();
  try {
    const db = new Sqlite(file, { readonly: true, fileMustExist: true });
    try {
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return hasTables(db);
    } finally {
      db.close();
    }
  } catch (error) {
    return !isDamage(error);
  }
}

function takeAlone(file: string): Database {
  let db: Database | null = null;
  try {
    db = openAlone(file);
    db.pragma('wal_checkpoint(TRUNCATE)');
    // From here on the file alone is the database.
    if (sizeOf(`${file}-wal`)) throw new InUseError(file, 'another process');
    return db;
  } catch (error) {
    db?.close();
    if (isDamage(error)) throw new NoSchemaError(file, error);
    const known = storeError(error, file);
    if (known?.code === 'locked') throw new InUseError(file, 'another process', error);
    throw known ?? error;
  }
}

/** Damaged indexes and views do not prevent the rows of tables from being read. */
function hasTables(db: Database): boolean {
  const missing = whereReadable(() => missingFromSchema(db));
  return missing !== UNREADABLE && !missing.some((what) => what.startsWith('table '));
}

/** A `wrap` that has closed the database for a while will open it again. */
function refuseLiveRuns(db: Database, file: string): void {
  // If the process that created the database was killed, the table of runs may be missing.
  const runs = whereReadable(() => (appliedMigrations(db).includes(captures.name) ? openRuns(db) : []));
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
  if (found === UNREADABLE) return rebuild(db, file, structure.list(), onProgress);
  return (needsNewFile(found) ? null : mend(db, found, onProgress)) ?? rebuild(db, file, found, onProgress);
}

function needsNewFile(damage: readonly Damage[]): boolean {
  return damage.some(({ kind }) => kind === 'pages' || kind === 'references');
}

/**
 * All pages are readable: derived data is made again, in one transaction.
 *
 * @returns null when that does not help; nothing was changed then
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
    // Two rows where an index allows only one cannot be mended in place, either.
    const refused = /^SQLITE_CONSTRAINT/.test(codeOf(error) ?? '');
    if (error instanceof NotMended || refused || isDamage(error)) return null;
    throw error;
  }
}

/** Rolls the transaction back. */
class NotMended extends Error {}
