import { closeSync, copyFileSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from '../sqlite.js';

/** Where the new database grows: beside the old one, for a rename to reach it. */
export function repairedName(file: string): string {
  return `${file}.repaired`;
}

/** Of a repair that was ended. */
export function removeRepaired(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(repairedName(file) + suffix, { force: true });
}

/**
 * Puts the repaired database in place of the damaged one, which keeps a name of its own. At every moment one of them has the
 * name of the database.
 *
 * @param alone keeps others away from the damaged one, whose write-ahead log is empty; null when nobody can open it
 * @returns the damaged file's new name.
 */
export function replaceFile(file: string, alone: Database | null, now = new Date()): string {
  const kept = `${file}.damaged-${now.toISOString().replace(/[-:]/g, '')}`;
  sync(repairedName(file), 'r+');
  linkOrCopy(file, kept);
  // Of a database that nobody could open, the log is still there: the new one must not take it for its own.
  if (alone === null && existsSync(`${file}-wal`)) {
    linkOrCopy(`${file}-wal`, `${kept}-wal`);
    rmSync(`${file}-wal`);
  }
  // Windows renames no open file. Elsewhere the lock stays until the name has moved: SQLite sees that it has, and touches
  // nothing beside the new file when it closes the old one.
  if (process.platform === 'win32') alone?.close();
  renameSync(repairedName(file), file);
  if (process.platform !== 'win32') sync(dirname(file), 'r');
  return kept;
}

/** Some file systems know no second name for a file. */
function linkOrCopy(file: string, copy: string): void {
  try {
    linkSync(file, copy);
  } catch {
    copyFileSync(file, copy);
    sync(copy, 'r+');
  }
}

/** @param flags a folder opens for reading only, and Windows syncs only what is open for writing. */
function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
