import { closeSync, copyFileSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { APPLICATION_ID, makeDatabase, openAlone } from '../database.js';
import { MIGRATIONS } from '../migrations/index.js';
import type { Database } from '../sqlite.js';

/** Of the file header, big endian: https://www.sqlite.org/fileformat.html#the_database_header */
const PAGE_COUNT = 28;
const FREE_PAGES = 32;
const FREE_PAGE_COUNT = 36;
const USER_VERSION = 60;
const OWNER = 68;
const HEADER_BYTES = 100;

/**
 * A copy of a database whose schema is destroyed, with the schema of a new database in its place. That is where each table
 * begins, and it follows from the migrations alone: SQLite keeps the first pages of all tables at the front of a file that
 * can be vacuumed incrementally (`auto_vacuum`), in the order in which they were made. The pages of the schema itself stand
 * behind them, in the same order as long as the migrations found them there: where they did not, a few pages of rows in the
 * copy are lost.
 *
 * @throws what SQLite throws when the copy cannot be read, either
 */
export function openWithNewBeginning(file: string): Database {
  removeCopies(file);
  const copy = copyName(file);
  copyFileSync(file, copy);
  if (sizeOf(`${file}-wal`) > 0) copyFileSync(`${file}-wal`, `${copy}-wal`);
  const { bytes, pageSize, pages } = newSchema(`${file}.new`, knownMigrations(file));
  bytes.writeUInt32BE(Math.floor(sizeOf(copy) / pageSize), PAGE_COUNT);
  bytes.writeUInt32BE(0, FREE_PAGES);
  bytes.writeUInt32BE(0, FREE_PAGE_COUNT);
  const descriptor = openSync(copy, 'r+');
  try {
    for (const page of pages) writeSync(descriptor, bytes, (page - 1) * pageSize, pageSize, (page - 1) * pageSize);
  } finally {
    closeSync(descriptor);
  }
  return openAlone(copy);
}

/** What `openWithNewBeginning` has made, now or when it was ended. */
export function removeCopies(file: string): void {
  for (const name of [copyName(file), `${file}.new`]) {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(name + suffix, { force: true });
  }
}

function copyName(file: string): string {
  return `${file}.copy`;
}

/** A new database, whole in memory, and the pages (from 1) that hold its schema. */
function newSchema(file: string, migrations: readonly string[]) {
  const db = makeDatabase(file, migrations);
  const pages = db.prepare<[], number>("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'").pluck().all();
  const pageSize = Number(db.pragma('page_size', { simple: true }));
  db.close();
  return { bytes: readFileSync(file), pageSize, pages };
}

/** The header, where it is ours still, tells how many migrations made the file. */
function knownMigrations(file: string): string[] {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header, 0, HEADER_BYTES, 0);
  closeSync(descriptor);
  const count = header.readUInt32BE(OWNER) === APPLICATION_ID ? header.readUInt32BE(USER_VERSION) : MIGRATIONS.length;
  return MIGRATIONS.slice(0, count).map(({ name }) => name);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
