import { UserError } from '../base/errors.js';
import { bytesOnDisk, openStore, type RetentionLimits, StoreError } from '../store/index.js';
import { createProgress } from '../text/output/progress.js';
import type { Pruned } from '../text/reports/pruning.js';

/**
 * Prunes up to the end, or up to Ctrl-C.
 *
 * @param expected requests that will go for their age, for the progress line: what goes for the size is not known before
 * @throws UserError when the disk is full; StoreError
 */
export async function pruneDatabase(database: string, limits: RetentionLimits, expected: number): Promise<Pruned> {
  const bytesBefore = bytesOnDisk(database);
  const store = openStore(database);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const progress = createProgress('pruning', Math.max(1, expected));
  try {
    const pruning = store.retention.prune(limits);
    for (let more = true; more && !interrupt.signal.aborted; ) {
      const begun = performance.now();
      more = pruning.step();
      progress.show(Math.min(pruning.removed, expected));
      // The database is ours for half of the time at most: who waits for it looks again often enough to get it.
      await pause(performance.now() - begun);
    }
    const usedBytes = store.retention.usedBytes();
    store.close();
    return {
      requests: pruning.removed,
      bytesBefore,
      bytesAfter: bytesOnDisk(database),
      usedBytes,
      interrupted: interrupt.signal.aborted,
    };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'full') throw error;
    throw new UserError(
      `Removing needs some space first, and the disk of ${database} is full: free a megabyte there, then prune again.`,
    );
  } finally {
    progress.end();
    process.removeListener('SIGINT', onInterrupt);
    store.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
