/** The thread that serves the HTTP API beside a traced command. When it dies, nothing else notices. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { ApiServer } from '../../api/index.js';
import { PortError, serve } from '../../api/serve.js';
import { explainError } from '../../text/store-error.js';
import type { ApiStart, FromApi, ToApi } from './messages.js';
import { yieldToTraffic } from './priority.js';
import { SqliteGate } from './sqlite-gate.js';

if (!parentPort) throw new Error('api.js runs as a worker thread only');
const main: MessagePort = parentPort;
yieldToTraffic();
// Listening before the first message is handled: a message that finds no listener is lost.
main.once('message', (start: ApiStart) => {
  const server = open(start);
  main.on('message', async (message: ToApi) => {
    const running = await server;
    if (message.type === 'progress') return running?.progress(message.answers);
    await running?.close();
    main.close();
  });
});

/** Null when it cannot be served, which is told: where the database has no place, by the recorder. */
async function open(start: ApiStart): Promise<ApiServer | null> {
  const gate = new SqliteGate(start.gateBuffer);
  const send = (message: FromApi) => main.postMessage(message);
  const tell = (message: string) => send({ type: 'problem', message });
  const listen = async (port: number) => {
    const server = await serve({
      ...start,
      host: '127.0.0.1',
      port,
      log: tell,
      onFollowed: (followed) => send({ type: 'followed', followed }),
      pass: (work) => gate.pass(work),
    });
    send({ type: 'serving' });
    return server;
  };
  if (!hasFolder(start.paths.database)) return null;
  try {
    try {
      return await listen(start.port);
    } catch (error) {
      if (!(error instanceof PortError) || start.port === 0) throw error;
      const server = await listen(0);
      tell(`Port ${start.port} (api.port) could not be had: the HTTP API was at ${server.url} for this run.`);
      return server;
    }
  } catch (error) {
    tell(`The HTTP API could not be started: ${explainError(error)}`);
    return null;
  }
}

function hasFolder(database: string): boolean {
  try {
    mkdirSync(dirname(database), { recursive: true, mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}
