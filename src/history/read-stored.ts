import { NothingCapturedError, type Reader, readDatabase } from '../store/index.js';

/**
 * Reads the database once, beside the process that writes it.
 *
 * @param busyTimeoutMs how long to wait for other processes
 * @param otherwise the result while there is no database, or a new one without tables
 * @throws StoreError when the database cannot be read
 */
export function readStored<Result>(
  database: string,
  busyTimeoutMs: number,
  otherwise: Result,
  read: (reader: Reader) => Result,
): Result {
  try {
    return readDatabase(database, read, busyTimeoutMs);
  } catch (error) {
    if (error instanceof NothingCapturedError) return otherwise;
    throw error;
  }
}
