import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { finished, type Writable } from 'node:stream';

/** Our standard output. */
export interface Stdout {
  stream: Writable;
  /** Resolves when everything is written, or nobody reads it. */
  end(): Promise<void>;
}

/**
 * For a pipe or socket, a stream that can be ended and destroyed, as `process.stdout` cannot. Nothing may read `process.stdout` beside
 * it: the property opens the pipe when it is first read, and throws EEXIST if we are still writing.
 */
export function openStdout(): Stdout {
  const stats = fstatSync(1);
  // Files and terminals are written synchronously.
  if (!stats.isFIFO() && !stats.isSocket()) return { stream: process.stdout, end: async () => {} };
  const stream = new Socket({ fd: 1, readable: false, writable: true });
  return { stream, end: () => new Promise((resolve) => finished(stream.end(), { readable: false }, () => resolve())) };
}
