import type { Readable, Writable } from 'node:stream';

/**
 * Copies bytes from one stream to another, as a pipe between them would: a slow reader slows the writer down, an end passes as
 * an end, and a reader that is gone ends the writer's stream.
 */
export function relay(from: Readable, to: Writable, observe: (bytes: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
    observe(chunk);
  });
  from.on('end', () => to.end());
  from.on('error', () => to.end());
  to.on('drain', () => from.resume());
  to.on('error', () => from.destroy());
}
