import { openReader, openReaderOrEmpty, type Reader } from '../../store/index.js';

/**
 * For commands that list. A program gets an empty list where nothing was captured yet; a person gets advice.
 * @throws NothingCapturedError for a person; StoreError
 */
export function openForLists(file: string, isForPrograms: boolean): Reader {
  return isForPrograms ? openReaderOrEmpty(file) : openReader(file);
}
