import type { Socket } from 'node:net';

/** One end of a pipe: the stream of application bytes, and the TCP socket below it (the same one without TLS). */
export interface PipeEnd {
  stream: Socket;
  tcp: Socket;
}

export function plainEnd(tcp: Socket): PipeEnd {
  return { stream: tcp, tcp };
}

/** Ends a connection with RST: clients distinguish a reset from an end, and retry it. */
export function reset({ stream, tcp }: PipeEnd): void {
  // libuv refuses to reset a socket whose shutdown waits for unwritten bytes; closing drops those as well.
  const shuttingDown = stream.writableEnded && !stream.writableFinished;
  if (shuttingDown || tcp.destroyed) stream.destroy();
  else tcp.resetAndDestroy();
  if (stream !== tcp) stream.destroy();
}

/**
 * Keeps a socket's error from being uncaught. Code that needs it listens for `close`, which always follows, or reads
 * `socket.errored`.
 */
export function tameErrors(socket: Socket): void {
  socket.on('error', () => {});
}

/** Stops reading and gives bytes back, so that the next reader gets them first. */
export function giveBack(stream: Socket, bytes: Buffer): void {
  stream.pause();
  if (bytes.length > 0) stream.unshift(bytes);
}
