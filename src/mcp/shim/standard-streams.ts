import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { finished, type Writable } from 'node:stream';

/**
 * Our standard output. For a pipe or socket it is a stream that can be ended and destroyed, as `process.stdout` cannot.
 */
export function openStdout(): Writable {
  const stats = fstatSync(1);
  return stats.isFIFO() || stats.isSocket() ? new Socket({ fd: 1, readable: false, writable: true }) : process.stdout;
}

/** Resolves when everything is written, or nobody reads it. */
export async function endStdout(stdout: Writable): Promise<void> {
  // Files and terminals are written synchronously.
  if (stdout === process.stdout) return;
  await new Promise((resolve) => finished(stdout.end(), { readable: false }, resolve));
}
