import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** The other end of a line that a program opens to us: one JSON value a line. */
export interface LineSocket {
  next(): Promise<unknown>;
  send(value: unknown): void;
  end(): void;
}

export interface LineServer {
  port: number;
  /** The next who connects. */
  connected(): Promise<LineSocket>;
  close(): void;
}

/** For programs whose stdin and stdout are a terminal. */
export async function listenForLines(): Promise<LineServer> {
  const waiting: Socket[] = [];
  let arrived = () => {};
  const server = createServer((socket) => {
    waiting.push(socket);
    arrived();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async connected() {
      while (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      const socket = waiting.shift();
      if (socket === undefined) throw new Error('Nobody has connected.');
      return overSocket(socket);
    },
    close: () => void server.close(),
  };
}

function overSocket(socket: Socket): LineSocket {
  // Who died tells so by the end of the lines.
  socket.on('error', () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error('The other end has hung up.');
      return JSON.parse(value);
    },
    send: (value) => void socket.write(`${JSON.stringify(value)}\n`),
    end: () => void socket.end(),
  };
}
