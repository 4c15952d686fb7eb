import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Time for running requests when the server stops. */
const GRACE_MS = 5_000;

/**
 * @param server before it listens
 * @returns a function that stops it: it accepts no more requests and waits some seconds for running ones
 */
export function gracefulStop(server: Server): () => Promise<void> {
  /** Connections without a request, which browsers open in advance. Node counts them as busy. */
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));

  return () =>
    new Promise((resolve) => {
      const deadline = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      // Node closes only connections that are idle now; clients keep others open after their last request.
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      server.close(() => {
        clearTimeout(deadline);
        clearInterval(sweep);
        resolve();
      });
      for (const socket of unused) socket.destroy();
    });
}
