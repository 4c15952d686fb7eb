import { readSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { IPty } from '@lydell/node-pty';

/** Kernels keep fewer unread bytes: Linux 640 kB (TTYB_DEFAULT_MEM_LIMIT). */
const MAX_UNREAD = 1024 * 1024;
const CHUNK = 64 * 1024;

/**
 * Reads everything that a child wrote before it ended, when the pty closes. Three things would lose the end of it:
 * libuv 1.x takes a hang-up for the end of a terminal after each read that did not fill its buffer, and no read of a
 * pty does; a stream that is destroyed drops what it read while it was paused; and node-pty 1.1 closes a pty 200 ms
 * after the end of the child.
 * @param onData takes the data that the pty does not deliver itself
 */
export function drainOnClose(pty: IPty, onData: (data: Buffer) => void): void {
  const stream: unknown = Reflect.get(pty, '_socket');
  const file: unknown = Reflect.get(pty, 'fd');
  // Another version of node-pty has them elsewhere.
  if (!(stream instanceof Readable) || typeof file !== 'number') return;
  const destroy = stream.destroy.bind(stream);
  stream.destroy = (error) => {
    if (!stream.destroyed) {
      // `read` emits data events.
      while (stream.read() !== null);
      readUnread(file, onData);
    }
    return destroy(error);
  };
}

function readUnread(file: number, onData: (data: Buffer) => void): void {
  let left = MAX_UNREAD;
  try {
    while (left > 0) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const length = readSync(file, chunk);
      if (length === 0) return;
      left -= length;
      onData(chunk.subarray(0, length));
    }
  } catch {
    // EIO and EAGAIN both mean that everything was read; with EAGAIN another process has the terminal open.
  }
}
