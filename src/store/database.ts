import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CannotOpenError,
  ForeignDatabaseError,
  LockedError,
  NothingCapturedError,
  OlderWriterError,
  ReadOnlyError,
  storeError,
} from './errors.js';
import { isAlive, type OpenRun, openRuns } from './live-runs.js';
import { appliedMigrations, migrate, pendingMigrations } from './migrate.js';
import { captures } from './migrations/0002-captures.js';
import { type Database, loadSqlite } from './sqlite.js';

/** "CTrc": marks the file as ours for file(1) and for us. */
const APPLICATION_ID = 0x43547263;

/** How long a connection waits for another process that writes. */
export const BUSY_TIMEOUT_MS = 5_000;

/** For other processes that look at the same moment whether they are alone. */
const ALONE_PATIENCE_MS = 100;

/** Pages of the file kept in memory; negative: in KiB. */
const CACHE_KIB = -16_000;

/** A database that cannot be opened where it is, for nothing beside it may be written, is read into memory up to this size. */
const MAX_BYTES_IN_MEMORY = 1024 ** 3;

/** Byte offsets of the file header: https://www.sqlite.org/fileformat.html#file_format_version_numbers */
const FORMAT_VERSIONS = [18, 19];
const ROLLBACK_JOURNAL = 1;

/**
 * Opens the database, making file, folder and schema where they are missing.
 * A read-only connection never creates anything, but an older schema is brought up to date first, so that readers know
 * one schema only.
 *
 * @throws StoreError: see errors.ts; NothingCapturedError for a read-only connection to no file.
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
    // While this one waited for the lock, a repair put another file in place of the one it holds.
    if (writer === null && statSync(file).ino === opened) return db;
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  if (writer !== null) migrateAlone(file, writer);
  return openForWriting(file, busyTimeoutMs);
}

/** A run that seems to live although it knows an older schema only: it could not store anything once that has changed. */
function olderWriter(db: Database, file: string): OpenRun | null {
  // In one snapshot: a process of this version begins its run when it has made the whole schema.
  const ask = db.transaction(() => {
    if (pendingMigrations(db, file).length === 0 || !appliedMigrations(db).includes(captures.name)) return null;
    return openRuns(db).find((run) => run.pid !== process.pid && isAlive(run)) ?? null;
  });
  return ask();
}

/**
 * After a crash, another program may have got the pid of a run. But a run that stores something has the database open: when
 * nobody has, it is brought up to date, and nobody can open it meanwhile.
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

/** A database that is gone when it is closed. */
export function openMemory(): Database {
  return newConnection(':memory:', false, 0);
}

/** A new database with the first of our migrations, as an older version made it. */
export function makeDatabase(file: string, migrations: readonly string[]): Database {
  createPrivately(file);
  const db = connect(file, false, BUSY_TIMEOUT_MS);
  prepareFile(db, file, BUSY_TIMEOUT_MS);
  migrate(db, file, migrations);
  return db;
}

/**
 * Opens a database as it is, and keeps every other process away from it until it is closed: readers, too. Reads no more than
 * the file header.
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
 * In WAL mode SQLite must be able to write beside the file, even to read it. Where it cannot (a folder that belongs to
 * somebody else, a read-only disk), and the last writer has closed cleanly, the file alone is the whole database: it is read
 * as it is now. The log's place in the header is cleared in that copy, for memory has no log.
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
  // An empty file: another process has just begun to make it.
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
    // What is removed is overwritten; pages that become free as a whole are not, they leave the file when it is shortened.
    db.pragma('secure_delete = FAST');
    // The first to read the file: a damaged or unreadable one shows here.
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

/** SQLite gives -wal and -shm the mode of the database file, so the file's own mode, set before it opens, is enough. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (sizeOf(file) === null) createFile(file);
  else if (isExposed(file)) chmodSync(file, 0o600);
}

/**
 * Beside a database that was deleted can lie what a process that has not noticed yet still uses: sharing it would damage the
 * new one. What another process has just made there is not touched.
 */
function createFile(file: string): void {
  const inodeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino;
  const left = [`${file}-wal`, `${file}-shm`].map((path) => ({ path, inode: inodeOf(path) }));
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // Another process was first, or a link leads to where the file is to be made.
    closeSync(openSync(file, 'a', 0o600));
    return;
  }
  for (const { path, inode } of left) {
    if (inode !== undefined && inodeOf(path) === inode) rmSync(path);
  }
}

function isExposed(file: string): boolean {
  const stat = statSync(file);
  return process.platform !== 'win32' && stat.uid === process.geteuid?.() && (stat.mode & 0o077) !== 0;
}

function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

function checkOwner(db: Database, file: string): void {
  if (pragmaNumber(db, 'application_id') !== APPLICATION_ID) throw new ForeignDatabaseError(file);
}

/**
 * Sets what the file itself remembers. `auto_vacuum` counts only before the first table, and switching to WAL needs the
 * file alone and does not wait for it: processes that start together take turns here.
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
