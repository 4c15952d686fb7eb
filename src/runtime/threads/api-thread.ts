import type { Worker } from 'node:worker_threads';
import { withdraw } from '../../api/announcement.js';
import { describeError } from '../../base/error-text.js';
import type { Config } from '../../settings/config.js';
import type { Paths } from '../../settings/paths.js';
import type { TraceSession } from '../trace-session.js';
import type { FromApi, ToApi } from './messages.js';
import { spawnThread } from './spawn.js';
import { SqliteGate } from './sqlite-gate.js';

/** The command starts first: a thread that boots beside it would take its time. Short commands do without. */
const DELAY_MS = 1_000;

/** For answers that are under way when the command has ended. */
const GRACE_MS = 2_000;

interface ApiThreadOptions {
  paths: Paths;
  config: Config;
  session: Pick<TraceSession, 'onProgress'>;
  onProblem(code: string, message: string): void;
}

/**
 * Serves the HTTP API beside a traced command, in a thread of its own: soon, not at once.
 *
 * @returns ends it; waits for answers that are under way, but not long
 */
export function serveBeside({ paths, config, session, onProblem }: ApiThreadOptions): () => Promise<void> {
  const gate = new SqliteGate();
  let worker: Worker | null = null;
  let isServing = false;
  let stopProgress = () => {};

  function start(): Worker {
    const started = spawnThread('api', {
      gateBuffer: gate.buffer,
      paths: { database: paths.database, apiToken: paths.apiToken },
      prices: config.prices,
      port: config['api.port'],
    });
    started.unref();
    started.on('message', (message: FromApi) => {
      if (message.type === 'problem') return onProblem('api', message.message);
      if (message.type === 'serving') {
        isServing = true;
        return;
      }
      stopProgress();
      if (message.followed) {
        stopProgress = session.onProgress((event) => {
          // That an answer is stored, the API learns from the database.
          if (event.type === 'grown') tell(started, { type: 'progress', answers: event.answers });
        });
      }
    });
    started.on('error', (error) => onProblem('api', `The HTTP API failed: ${describeError(error)}.`));
    started.once('exit', () => {
      worker = null;
      stopProgress();
      try {
        // Where it has not done so itself: nobody may look for it any more.
        withdraw(paths.database);
      } catch (error) {
        onProblem('api', `The HTTP API is still announced: ${describeError(error)}.`);
      }
    });
    return started;
  }

  const timer = setTimeout(() => {
    try {
      worker = start();
    } catch (error) {
      // A machine without room for one more thread: nothing may go up from here, the command runs.
      onProblem('api', `The HTTP API could not be started: ${describeError(error)}.`);
    }
  }, DELAY_MS);
  timer.unref();

  return () => {
    clearTimeout(timer);
    const running = worker;
    if (running === null) return Promise.resolve();
    return new Promise((resolve) => {
      const cut = () => void gate.close().then(() => running.terminate());
      // One that still loads its code would take its time for nothing.
      const deadline = setTimeout(cut, isServing ? GRACE_MS : 0);
      running.once('exit', () => {
        clearTimeout(deadline);
        resolve();
      });
      running.ref();
      tell(running, { type: 'close' });
    });
  };
}

function tell(worker: Worker, message: ToApi): void {
  worker.postMessage(message);
}
