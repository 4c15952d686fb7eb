import { readSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { IPty } from '@lydell/node-pty';

/** Kernels keep less of what nobody has read yet: Linux 640 kB (TTYB_DEFAULT_MEM_LIMIT). */
const MOST_UNREAD = 1024 * 1024;
const PIECE = 64 * 1024;

/**
 * Reads what a child wrote before it ended, all of it. Three things would lose the last of it: libuv 1.x takes a hang-up for the
 * end of a terminal after each read that did not fill its buffer, which none of a pty's does; a stream that is destroyed forgets
 * what it has read while it was paused; and node-pty 1.1 closes a pty 200 ms after the child's end, read or not. So the rest is
 * read when the stream closes.
 * @param onData takes what the pty itself hands to nobody
 */
export function readToTheEnd(pty: IPty, onData: (data: Buffer) => void): void {
  const stream: unknown = Reflect.get(pty, '_socket');
  const file: unknown = Reflect.get(pty, 'fd');
  // Another version keeps them elsewhere.
  if (!(stream instanceof Readable) || typeof file !== 'number') return;
  const destroy = stream.destroy.bind(stream);
  stream.destroy = (error) => {
    if (!stream.destroyed) {
      // Told as data.
      while (stream.read() !== null);
      readUnread(file, onData);
    }
    return destroy(error);
  };
}

function readUnread(file: number, onData: (data: Buffer) => void): void {
  let left = MOST_UNREAD;
  try {
    while (left > 0) {
      const piece = Buffer.allocUnsafe(PIECE);
      const length = readSync(file, piece);
      if (length === 0) return;
      left -= length;
      onData(piece.subarray(0, length));
    }
  } catch {
    // EIO: that was all. EAGAIN: so it was, and somebody else has the terminal still open.
  }
}
