/**
 * The program between Claude Code and a stdio server. It starts the server, copies bytes both ways, and sends copies to the run
 * that records them. Nothing waits for the recording, and nothing of it can end the relay. A bundle of its own without
 * dependencies (scripts/build.mjs): a server starts as much later as this takes to load.
 *
 * usage: node main.cjs <task> <command> <argument…>, see launch.ts
 */
import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { now } from '../../base/clock.js';
import { PROTOCOL_VERSION, type Sender } from '../socket/frames.js';
import { connectionId } from './connection-id.js';
import { readLaunch } from './launch.js';
import { Observation } from './observation.js';
import { relay } from './relay.js';
import { type ServerEnd, startServer } from './server-process.js';
import { endStdout, openStdout } from './standard-streams.js';

const parent = process.ppid;
const { task, command } = readLaunch(process.argv.slice(2), process.env);
const server = startServer(command);
const startedAt = now();
const stdout = openStdout();
const observation = new Observation(task.socket, {
  version: PROTOCOL_VERSION,
  connection: connectionId(startedAt),
  name: task.name,
  scope: task.scope,
  target: basename(command.file),
  sessionId: command.env.CLAUDE_CODE_SESSION_ID ?? null,
  at: startedAt,
});
const observe = (sender: Sender) => (bytes: Buffer) => observation.see(sender, bytes, now());
relay(process.stdin, server.stdin, observe('client'));
relay(server.stdout, stdout, observe('server'));
process.stdin.on('close', () => server.outlive(parent));
void server.ended.then(finish);

async function finish(end: ServerEnd): Promise<void> {
  const at = now();
  if (end.description.startsWith('could not')) writeSync(2, `${end.description}\n`);
  process.stdin.destroy();
  await Promise.all([observation.close(end.description, at), endStdout(stdout)]);
  if (end.signal) process.kill(process.pid, end.signal);
  process.exitCode = end.exitCode;
}
