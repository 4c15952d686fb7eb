import type { Readable } from 'node:stream';
import type { ServerCommand, ShimTask } from './launch.js';
import type { ObservationOptions } from './observation.js';
import type { RulesText } from './ruled-shim.js';
import { carryAll, runShim } from './run-shim.js';

/** Like `runShim`, with rules. @param readRules called when the server is starting; null if no rules act before the listener sends some */
export function runRuledShim(
  task: ShimTask,
  command: ServerCommand,
  readRules: () => RulesText | null,
  options: ObservationOptions = {},
): void {
  runShim(task, command, options, async (ends) => {
    const release = keepOutput(ends.server.stdout);
    try {
      // Loaded while the server starts.
      const ruled = await import('./ruled-shim.js').catch(() => null);
      // The installation may be being replaced: the server works without us, so it must work with us.
      if (ruled === null) return carryAll(ends);
      const carrying = ruled.carryRuled(ends, readRules());
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, carrying.abort);
      return carrying;
    } finally {
      release();
    }
  });
}

/**
 * When a process ends, Node discards its unread output, unless somebody listens for `readable`
 * (flushStdio in lib/internal/child_process.js, Node 20).
 * @returns to be called once somebody reads
 */
function keepOutput(stdout: Readable): () => void {
  const listener = () => {};
  stdout.on('readable', listener);
  return () => void stdout.off('readable', listener);
}
