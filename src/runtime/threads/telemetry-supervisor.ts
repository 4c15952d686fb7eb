import { describeError } from '../../base/error-text.js';
import type { Config } from '../../settings/config.js';
import type { Paths } from '../../settings/paths.js';
import type { TraceSession } from '../trace-session.js';
import type { FromTelemetry, ToTelemetry } from './messages.js';
import { AFTER_START_MS, spawnThread } from './spawn.js';
import { SupervisedThread } from './supervised-thread.js';

/** Time for the latest commits. The next run sends the rest. */
const FLUSH_MS = 2_000;

export interface TelemetryBesideOptions {
  paths: Pick<Paths, 'database'>;
  config: Pick<Config, 'otlp.endpoint' | 'otlp.content' | 'otlp.attributes'>;
  session: Pick<TraceSession, 'onCommit'>;
  onProblem(code: string, message: string): void;
  /** Tests replace it. */
  spawn?: typeof spawnThread;
}

/**
 * Sends spans and metrics of committed rows to an OpenTelemetry collector, in a thread of its own. It is not restarted: the next run
 * sends the rest.
 *
 * @returns sends the rest and ends the thread, within two seconds, or at once when the signal aborts
 */
export function streamBeside({
  paths,
  config,
  session,
  onProblem,
  spawn = spawnThread,
}: TelemetryBesideOptions): (hurry: AbortSignal) => Promise<void> {
  const since = Date.now();
  let hasCommitted = false;
  let onEnded = () => {};

  const thread = new SupervisedThread<ToTelemetry, FromTelemetry>({
    boot: ({ gate }) => {
      const worker = spawn('telemetry', {
        gateBuffer: gate.buffer,
        database: paths.database,
        endpoint: config['otlp.endpoint'] ?? '',
        withContent: config['otlp.content'],
        attributes: config['otlp.attributes'],
        since,
      });
      worker.unref();
      worker.on('error', (error) => onProblem('otlp', `Spans and metrics were not sent: ${describeError(error)}.`));
      return worker;
    },
    maxRestarts: 0,
    stallMs: Number.POSITIVE_INFINITY,
    onMessage: ({ code, message }) => onProblem(code, message),
    onExit: () => onEnded(),
  });
  session.onCommit(() => {
    hasCommitted = true;
  });
  const timer = setTimeout(start, AFTER_START_MS);
  timer.unref();

  function start(): void {
    try {
      thread.start();
    } catch (error) {
      // The system has no room for another thread. The command still runs.
      onProblem('otlp', `Spans and metrics were not sent: ${describeError(error)}.`);
    }
  }

  return async (hurry) => {
    clearTimeout(timer);
    if (thread.boots === 0 && hasCommitted) start();
    const worker = thread.life?.worker;
    if (worker === undefined) return;
    const terminate = () => thread.terminate();
    const deadline = setTimeout(terminate, FLUSH_MS);
    hurry.addEventListener('abort', terminate);
    if (hurry.aborted) terminate();
    worker.ref();
    await new Promise<void>((resolve) => {
      onEnded = resolve;
      thread.post({ type: 'close' });
    });
    clearTimeout(deadline);
    hurry.removeEventListener('abort', terminate);
  };
}
