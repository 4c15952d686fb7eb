import { once } from 'node:events';
import type http from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';

export interface Loopback {
  port: number;
  url: string;
  /** Also ends open connections of HTTP. */
  close(): Promise<void>;
}

/** Makes a server listen on a free port of 127.0.0.1. */
export async function listenOnLoopback(server: http.Server | Server): Promise<Loopback> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const { port, close } = await listenOnLoopback(createServer());
  await close();
  return port;
}

/** Waits until a process listens on this port. @throws Error after 20 s */
export async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });
    if (isOpen) return;
    if (Date.now() > deadline) throw new Error(`nothing listens on ${port}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
