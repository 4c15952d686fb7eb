import type { Socket } from 'node:net';
import { MAX_HELLO } from './client/client-hello.js';
import { Gathered } from './gathered.js';
import { giveBack } from './pipe-end.js';

/** A client that has sent its hello and waits for ours. */
export interface Waiting {
  /** Aborted when the client leaves. An end is a farewell as well: a handshake cannot be finished without writing. */
  left: AbortSignal;
  /** Leaves the socket paused, with all that it sent. */
  stop(): void;
}

/** Tells when a waiting client leaves, which a socket does not say while bytes of it are unread: reads them, and keeps them. */
export function watchWaiting(client: Socket): Waiting {
  const left = new AbortController();
  const gathered = new Gathered();
  const onGone = () => left.abort();
  const onData = (chunk: Buffer) => {
    gathered.add(chunk);
    // More than any hello: this one is not waiting, and what it sends must not fill the memory.
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
