import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../base/errors.js';
import { bytesOnDisk, openStore, type RetentionLimits, StoreError } from '../store/index.js';
import { createProgress } from '../text/output/progress.js';
import type { Pruned } from '../text/reports/pruning.js';
import { catchInterrupt } from './interrupt.js';

/**
 * Prunes until everything is removed, or until Ctrl-C.
 *
 * @param expected for the progress line: the number of requests that are too old (those for the size are not known in advance)
 * @throws UserError when the disk is full; StoreError
 */
export async function pruneDatabase(database: string, limits: RetentionLimits, expected: number): Promise<Pruned> {
  const bytesBefore = bytesOnDisk(database);
  const store = openStore(database);
  const interrupt = catchInterrupt();
  const progress = createProgress('pruning', expected);
  try {
    const pruning = store.retention.prune(limits);
    for (let more = true; more && !interrupt.signal.aborted; ) {
      const begun = performance.now();
      more = pruning.step();
      progress.show(pruning.removed);
      // Others that want to write need the database half of the time.
      await delay(performance.now() - begun);
    }
    const usedBytes = store.retention.usedBytes();
    store.close();
    return {
      requests: pruning.removed,
      mcpMessages: pruning.removedMessages,
      bytesBefore,
      bytesAfter: bytesOnDisk(database),
      usedBytes,
      interrupted: interrupt.signal.aborted,
    };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'full') throw error;
    throw new UserError(
      `Pruning needs some free space, and the disk of ${database} is full: free a megabyte there, then prune again.`,
    );
  } finally {
    progress.end();
    interrupt.end();
    store.close();
  }
}
