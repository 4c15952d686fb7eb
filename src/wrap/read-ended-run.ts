import type { Reader } from '../store/index.js';

/**
 * Reads the data of a run that has ended, for its closing lines. This thread has no database otherwise.
 * @returns null if that is not possible: the recorder has reported what is wrong with the database, or claude-trace was updated
 *   while it ran, and its old files are gone
 */
export async function readEndedRun<Result>(database: string, read: (reader: Reader) => Result): Promise<Result | null> {
  try {
    const { readDatabase } = await import('../store/index.js');
    return readDatabase(database, read);
  } catch {
    return null;
  }
}
