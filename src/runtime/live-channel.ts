import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseRecord } from '../base/json.js';
import type { LiveEvent } from '../model/live-event.js';
import type { PauseId } from '../model/paused-message.js';
import { makeRunFolder } from '../settings/run-folder.js';
import type { TraceSession } from './trace-session.js';

/** Longer paths do not fit into the address of a socket (104 bytes on macOS, unix(4)), and some versions of libuv cut them silently. */
const MAX_PATH = 100;

/** A client that does not read misses events beyond this: each event contains the whole answer, so it catches up later. */
const MAX_UNREAD = 256 * 1024;

export type LiveSession = Pick<TraceSession, 'onProgress' | 'paused' | 'onPaused' | 'ruleFailures' | 'resume'>;

/** A request of another process: a line of JSON. `progress`: send answers while they arrive, which costs time. */
export type LiveRequest = { type: 'resume'; id: PauseId } | { type: 'progress' };

export interface LiveChannel {
  /** The path of the socket, for `followLive`. */
  path: string;
  close(): void;
}

/**
 * Tells other processes of this user, such as the panel in a pane of tmux, which messages rules hold and how rules failed, and sends
 * answers while they arrive: one line of JSON for each event, on a socket in a private folder. The socket closes with this process,
 * however it ends.
 * @throws Error where no socket can be created
 */
export async function openLiveChannel(session: LiveSession): Promise<LiveChannel> {
  const folder = makeRunFolder();
  const path = join(folder, 'live');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.unref();
    let stopProgress: (() => void) | null = null;
    const sendPaused = () => send(socket, { type: 'paused', messages: session.paused() });
    const stopPaused = session.onPaused(sendPaused);
    send(socket, { type: 'rule_failures', failures: session.ruleFailures() });
    sendPaused();
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => {
      const { type, id } = parseRecord(line) ?? {};
      if (type === 'resume' && isPauseId(id)) session.resume(id);
      if (type === 'progress') stopProgress ??= session.onProgress((event) => send(socket, event));
    });
    lines.on('error', () => {});
    // The client was killed; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      stopProgress?.();
      stopPaused();
    });
  });
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (Buffer.byteLength(path) > MAX_PATH) throw new Error(`the path ${path} is too long for a socket`);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    close();
    throw error;
  }
  // A panel whose connection cannot be accepted shows answers when they are complete.
  server.on('error', () => {});
  server.unref();
  return { path, close };
}

function isPauseId(id: unknown): id is PauseId {
  return typeof id === 'string' && id.startsWith('pause_');
}

function send(socket: Socket, event: LiveEvent): void {
  if (event.type === 'grown' && socket.writableLength > MAX_UNREAD) return;
  socket.write(`${JSON.stringify(event)}\n`);
}
