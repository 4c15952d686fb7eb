import { rm } from 'node:fs/promises';

/** Removes a folder, also one that a process which is just ending still writes to (ENOTEMPTY). */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
