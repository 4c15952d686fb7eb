import { readFileSync, statSync } from 'node:fs';
import {
  CannotOpenError,
  ForeignDatabaseError,
  LockedError,
  NothingCapturedError,
  OlderWriterError,
  ReadOnlyError,
  storeError,
} from './errors.js';
import { createPrivately, sizeOf } from './files.js';
import { isAlive, type OpenRun, openRuns } from './live-runs.js';
import { appliedMigrations, migrate, pendingMigrations } from './migrate.js';
import { captures } from './migrations/0002-captures.js';
import { type Database, loadSqlite } from './sqlite.js';

/** "CTrc" in the file header marks the file as ours. */
const APPLICATION_ID = 0x43547263;

/** How long a connection waits for a process that writes. */
export const BUSY_TIMEOUT_MS = 5_000;

/** Another process may be checking at the same moment whether it is alone. */
const ALONE_PATIENCE_MS = 100;

/** Page cache; negative values are KiB. */
const CACHE_KIB = -16_000;

/** A database in a read-only place is read into memory up to this size. */
const MAX_BYTES_IN_MEMORY = 1024 ** 3;

/** Byte offsets of the file header: https://www.sqlite.org/fileformat.html#file_format_version_numbers */
const FORMAT_VERSIONS = [18, 19];
const ROLLBACK_JOURNAL = 1;

/**
 * Opens the database, and creates file, folder and schema where they are missing. A read-only connection creates nothing, but
 * migrates an older schema first, so that readers know only one schema.
 *
 * @throws StoreError; NothingCapturedError for a read-only connection without a file
 */
export function openDatabase(file: string, options: { readonly: boolean; busyTimeoutMs?: number }): Database {
  const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  try {
    return options.readonly ? openAnywhereForReading(file, busyTimeoutMs) : openForWriting(file, busyTimeoutMs);
  } catch (error) {
    throw storeError(error, file) ?? new CannotOpenError(file, error);
  }
}

function openForWriting(file: string, busyTimeoutMs: number): Database {
  createPrivately(file);
  const opened = statSync(file).ino;
  const db = connect(file, false, busyTimeoutMs);
  let writer: OpenRun | null;
  try {
    prepareFile(db, file, busyTimeoutMs);
    writer = olderWriter(db, file);
    if (writer === null) migrate(db, file);
    // While this process waited for the lock, a repair may have replaced the file.
    if (writer === null && statSync(file).ino === opened) return db;
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  if (writer !== null) migrateAlone(file, writer);
  return openForWriting(file, busyTimeoutMs);
}

/** A run that seems to be alive and knows only an older schema: after a migration it could not store anything. */
function olderWriter(db: Database, file: string): OpenRun | null {
  // In one snapshot: a process of this version begins its run only after it has made the whole schema.
  const ask = db.transaction(() => {
    if (pendingMigrations(db, file).length === 0 || !appliedMigrations(db).includes(captures.name)) return null;
    return openRuns(db).find((run) => run.pid !== process.pid && isAlive(run)) ?? null;
  });
  return ask();
}

/**
 * After a crash, another program may have the pid of a run. But a run that stores something has the database open: if no
 * process has it open, it is migrated, and no process can open it meanwhile.
 *
 * @throws OlderWriterError
 */
function migrateAlone(file: string, writer: OpenRun): void {
  let alone: Database | null = null;
  try {
    alone = patiently(file, ALONE_PATIENCE_MS, () => openAlone(file));
    migrate(alone, file);
  } catch (error) {
    if (alone === null && storeError(error, file) instanceof LockedError) throw new OlderWriterError(file, writer);
    throw error;
  } finally {
    alone?.close();
  }
}

/**
 * Opens a database only to read it: creates, migrates and copies nothing.
 *
 * @throws StoreError; NothingCapturedError also for a database with an older schema
 */
export function openAsItIs(file: string, busyTimeoutMs: number): Database {
  if (!sizeOf(file)) throw new NothingCapturedError(file);
  let db: Database | null = null;
  try {
    db = newConnection(file, true, busyTimeoutMs);
    checkOwner(db, file);
    if (pendingMigrations(db, file).length > 0) throw new NothingCapturedError(file);
    return db;
  } catch (error) {
    db?.close();
    throw storeError(error, file) ?? new CannotOpenError(file, error);
  }
}

/** Whether opening the database would bring it up to date first. False where the file cannot be read. */
export function isOutdated(file: string): boolean {
  try {
    const db = newConnection(file, true, 0);
    try {
      return pendingMigrations(db, file).length > 0;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

export function openMemory(): Database {
  return newConnection(':memory:', false, 0);
}

/** A new database with some of the migrations, as an older version made it. */
export function makeDatabase(file: string, migrations: readonly string[]): Database {
  createPrivately(file);
  const db = connect(file, false, BUSY_TIMEOUT_MS);
  prepareFile(db, file, BUSY_TIMEOUT_MS);
  migrate(db, file, migrations);
  return db;
}

/**
 * Opens a database as it is, and locks out every other process, readers too, until it is closed. Reads only the file header.
 *
 * @throws LockedError when another process has it open
 */
export function openAlone(file: string): Database {
  const db = newConnection(file, false, 0);
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    checkOwner(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function openAnywhereForReading(file: string, busyTimeoutMs: number): Database {
  try {
    return openForReading(file, busyTimeoutMs);
  } catch (error) {
    const refused = storeError(error, file);
    if (refused?.code !== 'readonly' && refused?.code !== 'cannot_open') throw error;
    return openInMemory(file, refused);
  }
}

/**
 * In WAL mode SQLite must be able to write beside the file, even to read it. Where it cannot (another user's folder, a
 * read-only disk) and the last writer has closed cleanly, the file alone is the whole database, and is read as it is now. The
 * copy in memory has no write-ahead log, so its header must not ask for one.
 */
function openInMemory(file: string, refused: Error): Database {
  const size = sizeOf(file);
  if (size === null || size > MAX_BYTES_IN_MEMORY || sizeOf(`${file}-wal`)) throw refused;
  const bytes = readFileSync(file);
  for (const offset of FORMAT_VERSIONS) bytes[offset] = ROLLBACK_JOURNAL;
  const db = connect(bytes, true, BUSY_TIMEOUT_MS);
  try {
    checkOwner(db, file);
    if (pendingMigrations(db, file).length > 0) throw new ReadOnlyError(file, refused);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function openForReading(file: string, busyTimeoutMs: number): Database {
  // An empty file: another process is just creating it.
  if (!sizeOf(file)) throw new NothingCapturedError(file);
  const db = connect(file, true, busyTimeoutMs);
  try {
    checkOwner(db, file);
    if (pendingMigrations(db, file).length === 0) return db;
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  openForWriting(file, busyTimeoutMs).close();
  return connect(file, true, busyTimeoutMs);
}

function connect(file: string | Buffer, readonly: boolean, timeout: number): Database {
  const db = newConnection(file, readonly, timeout);
  try {
    db.pragma('foreign_keys = ON');
    // Removed rows are overwritten. Pages that become free as a whole are not: they leave the file when it is shortened.
    db.pragma('secure_delete = FAST');
    // The first statement that reads the file: it fails if the file is damaged or unreadable.
    db.pragma(`cache_size = ${CACHE_KIB}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function newConnection(file: string | Buffer, readonly: boolean, timeout: number): Database {
  const Sqlite = loadSqlite();
  return new Sqlite(file, { readonly, fileMustExist: true, timeout });
}

/** @throws NothingCapturedError while another process is creating the database */
function checkOwner(db: Database, file: string): void {
  const id = pragmaNumber(db, 'application_id');
  if (id === APPLICATION_ID) return;
  throw id === 0 && !hasTables(db) ? new NothingCapturedError(file) : new ForeignDatabaseError(file);
}

/**
 * Sets what is stored in the file itself. `auto_vacuum` must be set before the first table. Switching to WAL needs the file
 * alone and does not wait for it, so processes that start together retry here.
 */
function prepareFile(db: Database, file: string, busyTimeoutMs: number): void {
  patiently(file, busyTimeoutMs, () => {
    if (pragmaNumber(db, 'application_id') !== APPLICATION_ID) {
      if (hasTables(db)) throw new ForeignDatabaseError(file);
      db.pragma('auto_vacuum = INCREMENTAL');
      db.pragma(`application_id = ${APPLICATION_ID}`);
    }
    db.pragma('journal_mode = WAL');
  });
  db.pragma('synchronous = NORMAL');
}

function hasTables(db: Database): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
}

export function pragmaNumber(db: Database, name: string): number {
  return Number(db.pragma(name, { simple: true }));
}

function patiently<Result>(file: string, timeoutMs: number, work: () => Result): Result {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(storeError(error, file) instanceof LockedError) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
