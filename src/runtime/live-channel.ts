import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgressEvent } from '../model/progress.js';
import type { TraceSession } from './trace-session.js';

/** Longer paths do not fit into the address of a socket (104 bytes on macOS, unix(4)), and some libuv cut them silently. */
const LONGEST_PATH = 100;

/** Who does not read gets no more than this to read later: each event tells the whole of an answer anew. */
const MOST_WAITING = 256 * 1024;

export interface LiveChannel {
  /** Of the socket: for `followLive`. */
  path: string;
  close(): void;
}

/**
 * Tells other processes of this user, such as the panel in a pane of tmux, of answers while they come: a line of JSON for
 * each event, on a socket in a private folder. That it closes tells that this process is gone, however it ended.
 * @throws Error where no socket can be made
 */
export async function openLiveChannel({ onProgress }: Pick<TraceSession, 'onProgress'>): Promise<LiveChannel> {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-'));
  const path = join(folder, 'live');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.unref();
    socket.resume();
    const stop = onProgress((event) => send(socket, event));
    // Who was killed: the close follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      stop();
    });
  });
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`the path ${path} is too long for a socket`);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    close();
    throw error;
  }
  // Later: a connection that could not be accepted costs its panel the growth, and nobody else anything.
  server.on('error', () => {});
  server.unref();
  return { path, close };
}

function send(socket: Socket, event: ProgressEvent): void {
  if (event.type === 'grown' && socket.writableLength > MOST_WAITING) return;
  socket.write(`${JSON.stringify(event)}\n`);
}
