import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { CannotOpenError, ForeignDatabaseError, LockedError, NothingCapturedError, storeError } from './errors.js';
import { migrate, pendingMigrations } from './migrate.js';

export type Database = BetterSqlite3.Database;

/** "CTrc": marks the file as ours for file(1) and for us. */
const APPLICATION_ID = 0x43547263;

/** How long a connection waits for another process that writes. */
export const BUSY_TIMEOUT_MS = 5_000;

/** Pages of the file kept in memory; negative: in KiB. */
const CACHE_KIB = -16_000;

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
    return options.readonly ? openForReading(file, busyTimeoutMs) : openForWriting(file, busyTimeoutMs);
  } catch (error) {
    throw storeError(error, file) ?? new CannotOpenError(file, error);
  }
}

function openForWriting(file: string, busyTimeoutMs: number): Database {
  createPrivately(file);
  const db = connect(file, false, busyTimeoutMs);
  try {
    prepareFile(db, file, busyTimeoutMs);
    migrate(db, file);
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

/** Loaded on first use: a missing native binding must not keep the traffic from flowing, nor `--help` from printing. */
function connect(file: string, readonly: boolean, timeout: number): Database {
  const Sqlite: typeof BetterSqlite3 = createRequire(import.meta.url)('better-sqlite3');
  const db = new Sqlite(file, { readonly, fileMustExist: true, timeout });
  try {
    db.pragma('foreign_keys = ON');
    // The first to read the file: a damaged or unreadable one shows here.
    db.pragma(`cache_size = ${CACHE_KIB}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite gives -wal and -shm the mode of the database file, so the file's own mode, set before it opens, is enough. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (sizeOf(file) === null) closeSync(openSync(file, 'a', 0o600));
  else if (isExposed(file)) chmodSync(file, 0o600);
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

function patiently(file: string, timeoutMs: number, work: () => void): void {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      work();
      return;
    } catch (error) {
      if (!(storeError(error, file) instanceof LockedError) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
