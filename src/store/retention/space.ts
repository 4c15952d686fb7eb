import { pragmaNumber } from '../database.js';
import type { Database } from '../sqlite.js';

/** Pages moved between two looks at the clock. */
const PAGES = 16;

/** Pages of the text index rewritten between two looks at the clock. */
const TEXT_PAGES = 8;

/** Bytes of the database that hold something; what was freed can be used again. */
export function usedBytes(db: Database): number {
  return (pragmaNumber(db, 'page_count') - pragmaNumber(db, 'freelist_count')) * pragmaNumber(db, 'page_size');
}

/**
 * Gives unused pages at the end of the file back. Belongs inside a write transaction; the file is shorter after a checkpoint.
 *
 * @returns whether there is more to give back
 */
export function shrink(db: Database, over: () => boolean): boolean {
  let free = pragmaNumber(db, 'freelist_count');
  while (free > 0) {
    // Stepped to its end: it gives back one page a step.
    db.exec(`PRAGMA incremental_vacuum(${PAGES})`);
    const left = pragmaNumber(db, 'freelist_count');
    // A file that was made without incremental vacuum keeps its pages.
    if (left === free) return false;
    free = left;
    if (over()) return free > 0;
  }
  return false;
}

/**
 * Lets the text index drop what it still says of removed rows. Belongs inside a write transaction.
 * https://www.sqlite.org/fts5.html#the_merge_command
 *
 * @returns whether there is more to merge
 */
export function mergeTexts(db: Database, over: () => boolean): boolean {
  const merge = db.prepare<[number]>("INSERT INTO request_texts (request_texts, rank) VALUES ('merge', ?)");
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck();
  for (;;) {
    const before = changes.get() ?? 0;
    merge.run(TEXT_PAGES);
    // Its documentation: less than two changes mean that nothing was left to do.
    if ((changes.get() ?? 0) - before < 2) return false;
    if (over()) return true;
  }
}

/**
 * Moves the write-ahead log into the file and empties it, as far as others leave room for that now: nobody is waited for,
 * and nobody waits. What is left is moved by a later commit of any process.
 */
export function checkpoint(db: Database): void {
  const patience = pragmaNumber(db, 'busy_timeout');
  db.pragma('busy_timeout = 0');
  try {
    // The large part, without any lock that a writer would meet; emptying the log needs that lock, for what is left only.
    db.pragma('wal_checkpoint(PASSIVE)');
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.pragma(`busy_timeout = ${patience}`);
  }
}
