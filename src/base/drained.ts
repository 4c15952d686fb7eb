import type { Writable } from 'node:stream';

/** Resolves when a stream can take more, or is gone. */
export function drained(stream: Writable): Promise<void> {
  // It emits no more events.
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
