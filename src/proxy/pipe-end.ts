import type { Socket } from 'node:net';

/** One end of a pipe: the stream of application bytes, and the TCP socket below it (the same one where there is no TLS). */
export interface PipeEnd {
  stream: Socket;
  tcp: Socket;
}

export function plainEnd(tcp: Socket): PipeEnd {
  return { stream: tcp, tcp };
}

/** Ends a connection with RST, as its other side did: clients tell a reset from an end, and retry it. */
export function reset({ stream, tcp }: PipeEnd): void {
  // libuv refuses to reset a socket whose shutdown waits for bytes still to be written; closing drops those as well.
  const shuttingDown = stream.writableEnded && !stream.writableFinished;
  if (shuttingDown || tcp.destroyed) stream.destroy();
  else tcp.resetAndDestroy();
  if (stream !== tcp) stream.destroy();
}

/**
 * Keeps a socket from throwing its error as an uncaught one. Whoever needs to know listens for `close`, which always
 * follows, or asks `socket.errored`.
 */
export function tameErrors(socket: Socket): void {
  socket.on('error', () => {});
}

/** Stops reading and gives bytes back, so that the next reader gets them first. */
export function giveBack(stream: Socket, bytes: Buffer): void {
  stream.pause();
  if (bytes.length > 0) stream.unshift(bytes);
}
