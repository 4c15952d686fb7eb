import { statSync } from 'node:fs';
import { ReplacedFileError } from '../errors.js';
import type { Database } from '../sqlite.js';

/**
 * A database file that is deleted stays writable for those who have it open: they learn of it only here. A call costs a look
 * at the folder, some microseconds.
 *
 * @param advice a sentence: what follows for the user
 * @returns throws ReplacedFileError as soon as the database's path leads to another file, or to none.
 */
export function createFileCheck(db: Database, advice: string): () => void {
  const opened = identityOf(db.name);
  return () => {
    const current = identityOf(db.name);
    if (db.memory || opened === UNKNOWN || current === UNKNOWN) return;
    if (opened === null || current !== opened) throw new ReplacedFileError(db.name, advice);
  };
}

/** Whoever may not look into the folder any more can still write the file. */
const UNKNOWN = 'unknown';

/** No other file can have the same while this one is open. Null when there is none. */
function identityOf(file: string): string | null {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
  } catch {
    return UNKNOWN;
  }
}
