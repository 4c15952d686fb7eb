import type { Worker } from 'node:worker_threads';
import type { Config } from './config.js';
import { describeError } from './errors.js';
import type { Paths } from './paths.js';
import type { FromApi, ToApi } from './threads/messages.js';
import { spawnThread } from './threads/spawn.js';
import { SqliteGate } from './threads/sqlite-gate.js';

/** The command starts first: a thread that boots beside it would take its time. Short commands do without. */
const DELAY_MS = 1_000;

/** For answers that are under way when the command has ended. */
const GRACE_MS = 2_000;

interface ApiThreadOptions {
  paths: Paths;
  config: Config;
  onProblem(code: string, message: string): void;
}

/**
 * Serves the HTTP API beside a traced command, in a thread of its own: soon, not at once.
 *
 * @returns ends it; waits for answers that are under way, but not long
 */
export function serveBeside({ paths, config, onProblem }: ApiThreadOptions): () => Promise<void> {
  const gate = new SqliteGate();
  let worker: Worker | null = null;

  const timer = setTimeout(() => {
    const started = spawnThread('api', {
      gateBuffer: gate.buffer,
      paths: { database: paths.database, apiToken: paths.apiToken },
      prices: config.prices,
      port: config['api.port'],
    });
    worker = started;
    started.unref();
    started.on('message', ({ message }: FromApi) => onProblem('api', message));
    started.on('error', (error) => onProblem('api', `The HTTP API failed: ${describeError(error)}.`));
    started.once('exit', () => {
      worker = null;
    });
  }, DELAY_MS);
  timer.unref();

  return () => {
    clearTimeout(timer);
    const running = worker;
    if (running === null) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = setTimeout(() => void gate.close().then(() => running.terminate()), GRACE_MS);
      running.once('exit', () => {
        clearTimeout(deadline);
        resolve();
      });
      running.ref();
      running.postMessage({ type: 'close' } satisfies ToApi);
    });
  };
}
