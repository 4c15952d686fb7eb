/**
 * Reads a database repeatedly while others write it, until stdin ends, and prints its findings as a line of JSON (Found):
 * `read-consistently.ts <file>`
 */
import { LockedError, NothingCapturedError, openDatabase, openReader } from '../../../src/store/index.js';
import { contributedSums, differences, storedSums } from './aggregate-sums.js';

export interface Found {
  reads: number;
  /** Reads that waited a second for another process. */
  waited: number;
  /** Inconsistent snapshots. */
  wrong: string[];
}

const MAX_WAIT_MS = 1_000;

/** Two readers without pauses would take both processors from the writers. */
const PAUSE_MS = 100;

const [file = ''] = process.argv.slice(2);
const found: Found = { reads: 0, waited: 0, wrong: [] };
let before = 0;
let stopped = false;

function read(): void {
  const reader = openReader(file, MAX_WAIT_MS);
  const { rows, total } = reader.query({ kind: 'all' }, { limit: 100_000 });
  reader.close();
  if (rows.length !== total) found.wrong.push(`${rows.length} rows of ${total}`);
  if (new Set(rows.map(({ id }) => id)).size !== total) found.wrong.push('a row twice');
  if (total < before) found.wrong.push(`${total} rows after ${before}`);
  before = total;

  const db = openDatabase(file, { readonly: true, busyTimeoutMs: MAX_WAIT_MS });
  db.transaction(() => found.wrong.push(...differences(storedSums(db), contributedSums(db))))();
  db.close();
  found.reads += 1;
}

function next(): void {
  try {
    read();
  } catch (error) {
    if (error instanceof LockedError) {
      // The database is made under an exclusive lock, for as long as a busy machine needs.
      if (found.reads > 0) found.waited += 1;
    } else if (!(error instanceof NothingCapturedError)) throw error;
  }
  if (stopped) console.log(JSON.stringify(found));
  else setTimeout(next, PAUSE_MS);
}

process.stdin.resume().on('end', () => {
  stopped = true;
});
next();
