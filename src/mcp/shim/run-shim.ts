import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { now } from '../../base/clock.js';
import { connectionId } from '../connection-id.js';
import { type Hello, PROTOCOL_VERSION, type Sender } from '../socket/frames.js';
import type { ServerCommand, ShimTask } from './launch.js';
import { Observation, type ObservationOptions } from './observation.js';
import { relay } from './relay.js';
import { type Server, type ServerEnd, startServer } from './server-process.js';
import { openStdout } from './standard-streams.js';

/** The ends between which a shim relays. */
export interface ShimEnds {
  task: ShimTask;
  server: Pick<Server, 'stdin' | 'stdout' | 'stop'>;
  stdin: Readable;
  stdout: Writable;
  hello: Hello;
  options: ObservationOptions;
}

export interface Carrying {
  observation: Pick<Observation, 'close'>;
  /** The server has ended. Resolves when all that it said is written, except what its end drops. */
  drained(): Promise<void>;
}

/**
 * Starts a server on our own stdin and stdout, and sends copies of what passes to the listener of a run. Nothing waits for the
 * listener, and nothing of it can end the relay. The process ends as the server did.
 * @param carry relays and observes, once the server is starting; default: without rules
 */
export function runShim(
  task: ShimTask,
  command: ServerCommand,
  options: ObservationOptions = {},
  carry: (ends: ShimEnds) => Carrying | Promise<Carrying> = carryAll,
): void {
  const parent = process.ppid;
  const server = startServer(command);
  const startedAt = now();
  const stdout = openStdout();
  const hello = {
    version: PROTOCOL_VERSION,
    connection: connectionId(startedAt),
    name: task.name,
    scope: task.scope,
    synthetic: task.synthetic === true,
    target: basename(command.file),
    sessionId: command.env.CLAUDE_CODE_SESSION_ID ?? null,
    at: startedAt,
  };
  const carrying = carry({ task, server, stdin: process.stdin, stdout: stdout.stream, hello, options });
  process.stdin.on('close', () => server.outlive(parent));

  async function finish(end: ServerEnd): Promise<void> {
    const at = now();
    if (end.description.startsWith('could not'))
      writeSync(2, `claude-trace: the MCP server ${JSON.stringify(task.name)} ${end.description}\n`);
    process.stdin.destroy();
    const { observation, drained } = await carrying;
    await drained();
    await Promise.all([observation.close(end.description, at), stdout.end()]);
    if (end.signal) process.kill(process.pid, end.signal);
    process.exitCode = end.exitCode;
  }
  void server.ended.then(finish);
}

export function carryAll({ task, server, stdin, stdout, hello, options }: ShimEnds): Carrying {
  const observation = new Observation(task.socket, hello, options);
  const observe = (sender: Sender) => (bytes: Buffer) => observation.see(sender, bytes, now());
  relay(stdin, server.stdin, observe('client'));
  relay(server.stdout, stdout, observe('server'));
  return { observation, drained: async () => {} };
}
