import { resolvePaths } from '../settings/paths.js';
import { openReader, openReaderOrEmpty, type Reader } from '../store/index.js';

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
  const reader = isForProgram ? openReaderOrEmpty(database) : openReader(database);
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}
