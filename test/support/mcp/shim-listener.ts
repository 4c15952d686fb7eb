import { mkdtemp } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrameReader, decodeFrame, encodeFrame, type Frame } from '../../../src/mcp/socket/frames.js';
import { removeFolder } from '../remove-folder.js';

/** A listener for shims that keeps what it gets. */
export interface ShimListener {
  path: string;
  frames: Frame[];
  /** All bytes of a sender. */
  bytesOf(sender: 'client' | 'server'): string;
  /** Reports how many lines it has read. */
  acknowledge(lines: number): void;
  /** Breaks all connections, and listens no more. */
  stop(): Promise<void>;
  listen(): Promise<void>;
  remove(): Promise<void>;
}

/** @param isReading false: sockets are accepted, and nothing is read */
export async function listenForShims(isReading = true): Promise<ShimListener> {
  const folder = await mkdtemp(join(tmpdir(), 'shims-'));
  const path = join(folder, 'mcp.sock');
  const frames: Frame[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (isReading)
      socket.on(
        'data',
        createFrameReader(decodeFrame, (frame) => frames.push(frame)),
      );
    else socket.pause();
  });
  const listen = () => new Promise<void>((resolve) => server.listen(path, resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      server.close(() => resolve());
    });
  await listen();
  return {
    path,
    frames,
    bytesOf: (sender) =>
      Buffer.concat(
        frames.flatMap((frame) => (frame.type === 'bytes' && frame.sender === sender ? [frame.bytes] : [])),
      ).toString(),
    acknowledge(lines) {
      for (const socket of sockets) for (const buffer of encodeFrame({ type: 'read', lines })) socket.write(buffer);
    },
    stop,
    listen,
    async remove() {
      await stop();
      await removeFolder(folder);
    },
  };
}
