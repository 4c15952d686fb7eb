import { chmodSync, closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates the file and its folder for their owner only, or restricts an existing file.
 *
 * SQLite gives -wal and -shm the mode of the database file, so it is enough to set that before opening.
 */
export function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (sizeOf(file) === null) createFile(file);
  else if (isExposed(file)) chmodSync(file, 0o600);
}

/**
 * A process that has not noticed that the database was deleted may still use its -wal and -shm files. A new database that
 * shared them would be damaged, so they are removed, unless another process has just created them.
 */
function createFile(file: string): void {
  const inodeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.ino;
  const left = [`${file}-wal`, `${file}-shm`].map((path) => ({ path, inode: inodeOf(path) }));
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // Another process was first, or the path is a link to a file that does not exist yet.
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

/** Null when there is no file. */
export function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}
