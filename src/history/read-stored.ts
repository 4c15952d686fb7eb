import { existsSync } from 'node:fs';
import { openReader, type Reader } from '../store/index.js';

/**
 * Reads the database once, beside the process that writes it.
 *
 * @param busyTimeoutMs how long to wait for other processes
 * @param otherwise the result while there is no database
 * @throws StoreError when the database cannot be read
 */
export function readStored<Result>(
  database: string,
  busyTimeoutMs: number,
  otherwise: Result,
  read: (reader: Reader) => Result,
): Result {
  if (!existsSync(database)) return otherwise;
  const reader = openReader(database, busyTimeoutMs);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}
