import { withdraw } from '../../api/announcement.js';
import { describeError } from '../../base/error-text.js';
import { budgetsOf } from '../../settings/budgets.js';
import type { Config } from '../../settings/config.js';
import type { Paths } from '../../settings/paths.js';
import type { TraceSession } from '../trace-session.js';
import type { FromApi, ToApi } from './messages.js';
import { AFTER_START_MS, spawnThread } from './spawn.js';
import { SupervisedThread } from './supervised-thread.js';

/** For answers that are under way when the command has ended. */
const GRACE_MS = 2_000;

interface ApiOptions {
  paths: Paths;
  config: Config;
  session: Pick<TraceSession, 'onProgress'>;
  onProblem(code: string, message: string): void;
  /** Tests replace it. */
  spawn?: typeof spawnThread;
}

/**
 * Serves the HTTP API beside a traced command, in a thread of its own that starts a second later. It is not restarted.
 *
 * @returns ends it; waits for answers that are under way, but not long
 */
export function serveBeside({
  paths,
  config,
  session,
  onProblem,
  spawn = spawnThread,
}: ApiOptions): () => Promise<void> {
  let isServing = false;
  let stopProgress = () => {};
  let onEnded = () => {};

  const thread = new SupervisedThread<ToApi, FromApi>({
    boot: ({ gate }) => {
      const worker = spawn('api', {
        gateBuffer: gate.buffer,
        paths: { database: paths.database, apiToken: paths.apiToken },
        prices: config.prices,
        budgets: budgetsOf(config),
        port: config['api.port'],
      });
      worker.unref();
      worker.on('error', (error) => onProblem('api', `The HTTP API failed: ${describeError(error)}.`));
      return worker;
    },
    maxRestarts: 0,
    stallMs: Number.POSITIVE_INFINITY,
    onMessage: (message) => {
      if (message.type === 'problem') return onProblem('api', message.message);
      if (message.type === 'serving') {
        isServing = true;
        return;
      }
      stopProgress();
      if (message.followed) {
        stopProgress = session.onProgress((event) => {
          // The API learns from the database that an answer is stored.
          if (event.type === 'grown') thread.post({ type: 'progress', answers: event.answers });
        });
      }
    },
    onExit: () => {
      stopProgress();
      try {
        // A thread that crashed has not done so itself.
        withdraw(paths.database);
      } catch (error) {
        onProblem('api', `The HTTP API is still announced: ${describeError(error)}.`);
      }
      onEnded();
    },
  });

  const timer = setTimeout(() => {
    try {
      thread.start();
    } catch (error) {
      // No room for one more thread: the command runs all the same.
      onProblem('api', `The HTTP API could not be started: ${describeError(error)}.`);
    }
  }, AFTER_START_MS);
  timer.unref();

  return async () => {
    clearTimeout(timer);
    const worker = thread.life?.worker;
    if (worker === undefined) return;
    // A thread that still loads its code is not waited for.
    const deadline = setTimeout(() => thread.terminate(), isServing ? GRACE_MS : 0);
    worker.ref();
    await new Promise<void>((resolve) => {
      onEnded = resolve;
      thread.post({ type: 'close' });
    });
    clearTimeout(deadline);
  };
}
