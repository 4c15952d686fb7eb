import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { McpEvent } from '../../wire/index.js';
import { readShim } from './shim-connection.js';

/** Servers end after Claude Code: their shims kill them 300 ms after its signal, and Claude Code its shims after 500. */
const GRACE_MS = 600;

export interface ShimServer {
  /** Reads what connected shims still send, for a short time, then closes all. */
  close(): Promise<void>;
}

/**
 * Listens for the shims of a run.
 * @param path of the socket, in a folder that only this user can enter; what a thread before us left there is removed
 * @throws Error when it cannot listen
 */
export async function listenForShims(path: string, emit: (event: McpEvent) => void): Promise<ShimServer> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    readShim(socket, emit);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    async close() {
      server.close();
      const open = [...sockets];
      const closed = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      const deadline = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, GRACE_MS);
      await Promise.all(closed);
      clearTimeout(deadline);
    },
  };
}
