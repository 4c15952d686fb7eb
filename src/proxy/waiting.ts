import type { Socket } from 'node:net';
import { GrowingBuffer } from '../base/growing-buffer.js';
import { MAX_HELLO } from './client/client-hello.js';
import { giveBack } from './pipe-end.js';

/** A client that has sent its TLS hello and waits for the server's. */
export interface Waiting {
  /** Aborted when the client leaves. An end counts, too: a handshake cannot be finished without writing. */
  left: AbortSignal;
  /** Leaves the socket paused, with all bytes that it sent. */
  stop(): void;
}

/** Notices when a waiting client leaves. A socket does not report that while it has unread bytes, so they are read and kept. */
export function watchWaiting(client: Socket): Waiting {
  const left = new AbortController();
  const gathered = new GrowingBuffer();
  const onGone = () => left.abort();
  const onData = (chunk: Buffer) => {
    gathered.add(chunk);
    // Larger than any hello: this client does not wait, and must not fill the memory.
    if (gathered.length > 2 * MAX_HELLO) client.pause();
  };
  client.on('data', onData).on('end', onGone).on('close', onGone);
  if (client.readableEnded || client.destroyed) onGone();
  else client.resume();
  return {
    left: left.signal,
    stop: () => {
      client.off('data', onData).off('end', onGone).off('close', onGone);
      if (!client.readableEnded) giveBack(client, gathered.bytes);
    },
  };
}
