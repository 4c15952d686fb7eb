import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** For requests that are under way when the server stops. */
const GRACE_MS = 5_000;

/**
 * @param server one that has not begun to listen
 * @returns stops it: takes no more requests, waits some seconds for the answers that are under way
 */
export function gracefulStop(server: Server): () => Promise<void> {
  /** Connections without a request yet, as browsers hold some ready: for Node they are as busy as those with one. */
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));

  return () =>
    new Promise((resolve) => {
      const deadline = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      // A client keeps its connection for the next request, which will not come: Node closes only those idle by now.
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      server.close(() => {
        clearTimeout(deadline);
        clearInterval(sweep);
        resolve();
      });
      for (const socket of unused) socket.destroy();
    });
}
