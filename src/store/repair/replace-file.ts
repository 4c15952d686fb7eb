import { closeSync, copyFileSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from '../sqlite.js';

/** The new database is made beside the old one, so that a rename can replace it. */
export function repairedName(file: string): string {
  return `${file}.repaired`;
}

/** Removes what a repair that did not finish has left. */
export function removeRepaired(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(repairedName(file) + suffix, { force: true });
}

/**
 * Puts the repaired database in place of the damaged one, which gets another name. At every moment one of them has the name of
 * the database.
 *
 * @param alone the damaged database, whose write-ahead log is empty; it keeps other processes away
 * @returns the damaged file's new name
 */
export function replaceFile(file: string, alone: Database, now = new Date()): string {
  const kept = `${file}.damaged-${now.toISOString().replace(/[-:]/g, '')}`;
  sync(repairedName(file), 'r+');
  linkOrCopy(file, kept);
  // Windows does not rename open files. Elsewhere the lock stays until the name has moved: SQLite sees that it has, and touches
  // nothing beside the new file when it closes the old one.
  if (process.platform === 'win32') alone.close();
  renameSync(repairedName(file), file);
  if (process.platform !== 'win32') sync(dirname(file), 'r');
  return kept;
}

/** Some file systems have no hard links. */
function linkOrCopy(file: string, copy: string): void {
  try {
    linkSync(file, copy);
  } catch {
    copyFileSync(file, copy);
    sync(copy, 'r+');
  }
}

/** @param flags a folder can only be opened for reading, and Windows syncs only what is open for writing */
function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
