/** The thread that serves the HTTP API beside a traced command. Nothing else depends on it. */
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
// A message without a listener would be lost.
main.once('message', (start: ApiStart) => {
  const server = open(start);
  main.on('message', async (message: ToApi) => {
    const running = await server;
    if (message.type === 'progress') return running?.progress(message.answers);
    await running?.close();
    main.close();
  });
});

/** Null if it cannot be served, which is reported (by the recorder if the folder of the database cannot be created). */
async function open(start: ApiStart): Promise<ApiServer | null> {
  const gate = new SqliteGate(start.gateBuffer);
  const send = (message: FromApi) => main.postMessage(message);
  const report = (message: string) => send({ type: 'problem', message });
  const listen = async (port: number) => {
    const server = await serve({
      ...start,
      host: '127.0.0.1',
      port,
      log: report,
      onFollowed: (followed) => send({ type: 'followed', followed }),
      pass: (work) => gate.pass(work),
      loadsOnRequest: true,
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
      report(`Port ${start.port} (api.port) was not available: the HTTP API was at ${server.url} for this run.`);
      return server;
    }
  } catch (error) {
    report(`The HTTP API could not be started: ${explainError(error)}`);
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
