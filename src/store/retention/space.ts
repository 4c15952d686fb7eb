import { pragmaNumber } from '../database.js';
import type { Database } from '../sqlite.js';

/** Pages moved between two checks of the time. */
const PAGES = 16;

/** Pages of the text index rewritten between two checks of the time. */
const TEXT_PAGES = 8;

/** Bytes of the database without free pages, which are used again. */
export function usedBytes(db: Database): number {
  return (pragmaNumber(db, 'page_count') - pragmaNumber(db, 'freelist_count')) * pragmaNumber(db, 'page_size');
}

/**
 * Removes unused pages at the end of the file. Must be called inside a write transaction; the file is shorter after a checkpoint.
 *
 * @returns whether there are more to remove
 */
export function shrink(db: Database, over: () => boolean): boolean {
  let free = pragmaNumber(db, 'freelist_count');
  while (free > 0) {
    // exec steps it to its end: each step removes one page.
    db.exec(`PRAGMA incremental_vacuum(${PAGES})`);
    const left = pragmaNumber(db, 'freelist_count');
    // A file without incremental vacuum keeps its pages.
    if (left === free) return false;
    free = left;
    if (over()) return free > 0;
  }
  return false;
}

/**
 * Lets the text index drop entries of removed rows. Must be called inside a write transaction.
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
    // By its documentation fewer than two changes mean that nothing was left to do.
    if ((changes.get() ?? 0) - before < 2) return false;
    if (over()) return true;
  }
}

/**
 * Moves the write-ahead log into the file and empties it, as far as possible without waiting and without making others wait. A
 * later commit of any process moves the rest.
 */
export function checkpoint(db: Database): void {
  const patience = pragmaNumber(db, 'busy_timeout');
  db.pragma('busy_timeout = 0');
  try {
    // The first moves most of it without blocking writers. Emptying the log blocks them, but only for the rest.
    db.pragma('wal_checkpoint(PASSIVE)');
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.pragma(`busy_timeout = ${patience}`);
  }
}
