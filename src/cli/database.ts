import { resolvePaths } from '../settings/paths.js';
import { bytesOnDisk, isOutdated, openReader, openReaderOrEmpty, type Reader } from '../store/index.js';
import { notify } from '../text/output/stderr.js';
import { formatBytes } from '../text/units.js';

/**
 * Opens the database, and closes it when the work is done.
 *
 * @param isForProgram where nothing was captured yet, a program gets an empty database, and a person advice
 * @throws NothingCapturedError for a person; StoreError; what `work` throws
 */
export async function withReader<Result>(
  isForProgram: boolean,
  work: (reader: Reader) => Result | Promise<Result>,
): Promise<Result> {
  const { database } = resolvePaths(process.env);
  announceMigration(database);
  const reader = isForProgram ? openReaderOrEmpty(database) : openReader(database);
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}

/** A smaller database is brought up to date in a second or two. */
const NOTABLE_BYTES = 100 * 1_024 ** 2;

/** SQLite does not say how far a step is. */
function announceMigration(database: string): void {
  const size = bytesOnDisk(database);
  if (size < NOTABLE_BYTES || !isOutdated(database)) return;
  notify(`Bringing the database up to date: ${formatBytes(size)}, which can take minutes. It can be interrupted.`);
}
