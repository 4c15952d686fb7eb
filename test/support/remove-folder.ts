import { rm } from 'node:fs/promises';
import { processesWith, untilEnded } from './processes.js';

/**
 * Removes a folder when the processes that have it in their environment have ended: one whose terminal was closed still writes what
 * it has recorded, and would make the folder again.
 */
export async function removeFolder(folder: string): Promise<void> {
  await untilEnded(() => processesWith(folder));
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
