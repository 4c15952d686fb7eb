import { statSync } from 'node:fs';
import { ReplacedFileError } from './errors.js';
import type { Database } from './sqlite.js';

/**
 * A database file that is deleted stays writable for processes that have it open, and only this check tells them. A call
 * costs some microseconds.
 *
 * @returns a function that throws ReplacedFileError once the path leads to another file, or to none
 */
export function createFileCheck(db: Database): () => void {
  const opened = identityOf(db.name);
  return () => {
    const current = identityOf(db.name);
    if (db.memory || opened === UNKNOWN || current === UNKNOWN) return;
    if (opened === null || current !== opened) throw new ReplacedFileError(db.name);
  };
}

/** The folder may no longer be readable although the file can still be written. */
const UNKNOWN = 'unknown';

/** No other file can have the same identity while this one is open. Null when there is no file. */
function identityOf(file: string): string | null {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
  } catch {
    return UNKNOWN;
  }
}
