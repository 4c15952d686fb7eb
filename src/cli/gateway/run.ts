import { setFlagsFromString } from 'node:v8';
import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import type { Gateway, GatewayConfig } from '../../gateway/index.js';
import type { GatewayRecording } from './record.js';

/** Maximum number of unread bytes of the log; beyond it, lines are dropped. */
const MAX_UNREAD_LOG = 1024 * 1024;
/** How long the end of the gateway waits for a reader of the log. */
const LAST_LINES_MS = 1_000;

/** Runs the gateway until SIGINT or SIGTERM; SIGHUP makes it take the changed configuration. A second signal ends it at once. */
export async function runGateway(file: string): Promise<void> {
  const { createTelemetry, loadGatewayConfig, startGateway } = await import('../../gateway/index.js');
  keepYoungHeapSmall();
  const loaded = await loadGatewayConfig(file, process.env);
  let { config } = loaded;
  // Nobody may read the log any more.
  process.stderr.on('error', () => {});
  const telemetry = await createTelemetry(config, writeLog);
  let { report } = telemetry;
  const onProblem = (message: string) => report({ type: 'problem', at: now(), part: 'recording', message });
  let recording: GatewayRecording | null = null;
  let gateway: Gateway;
  try {
    recording = await recordingFor(config, onProblem);
    gateway = await startGateway(loaded, { ...telemetry, emit: (event) => recording?.emit(event) });
    // Also to the audit log, from now on.
    report = gateway.report;
  } catch (error) {
    // Each would keep the process alive.
    await Promise.all([recording?.stop(), telemetry.close()]);
    throw error;
  }
  async function reload(): Promise<void> {
    try {
      const changed = await loadGatewayConfig(file, process.env);
      if (recording === null) recording = await recordingFor(changed.config, onProblem);
      else await recording.learn(changed.config);
      await gateway.reload(changed);
      config = changed.config;
      await telemetry.configured(config);
    } catch (error) {
      report({ type: 'reload_failed', at: now(), message: describeError(error) });
    }
  }
  // One after the other: the last configuration must win.
  let reloaded = Promise.resolve();
  process.on('SIGHUP', () => {
    reloaded = reloaded.then(reload);
  });
  await new Promise<void>((resolve) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => (signals++ === 0 ? resolve() : process.exit(1)));
    }
  });
  await gateway.stop(config.limits.stop);
  await reloaded;
  await recording?.stop();
  await telemetry.close();
  // Unread lines would keep the process alive, however long their reader sleeps.
  setTimeout(() => process.exit(), LAST_LINES_MS).unref();
}

/** Null if no route is recorded. */
async function recordingFor(
  config: GatewayConfig,
  onProblem: (message: string) => void,
): Promise<GatewayRecording | null> {
  if (!config.record && !config.routes.some(({ record }) => record === true)) return null;
  const { startRecording } = await import('./record.js');
  return startRecording(config, onProblem);
}

/**
 * V8 lets the heap for new objects grow to 32 MB and more, though those of a request live for a millisecond. The flag for its maximum
 * counts only at the start of Node; this one, which V8 reads each time, stops the growth. Called when the code is
 * loaded, for which it has grown to 4 MB: with 2 MB, twice as many collections cost another tenth of the CPU time of a call.
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Writes to a pipe without waiting for its reader: a slow one must not cost memory. */
function writeLog(lines: string): boolean {
  if (process.stderr.writableLength > MAX_UNREAD_LOG) return false;
  process.stderr.write(lines);
  return true;
}
