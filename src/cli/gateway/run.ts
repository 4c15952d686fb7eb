import { setFlagsFromString } from 'node:v8';
import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import type { Gateway } from '../../gateway/index.js';
import type { GatewayRecording } from './record.js';

/** Maximum number of unread bytes of the log; beyond it, lines are dropped. */
const MAX_UNREAD_LOG = 1024 * 1024;
/** How long the end of the gateway waits for a reader of the log. */
const LAST_LINES_MS = 1_000;

/** Runs the gateway until SIGINT or SIGTERM; SIGHUP makes it take the changed configuration. A second signal ends it at once. */
export async function runGateway(file: string): Promise<void> {
  keepYoungHeapSmall();
  const { createTelemetry, loadGatewayConfig, recordedUrl, startGateway } = await import('../../gateway/index.js');
  const loaded = await loadGatewayConfig(file, process.env);
  let { config } = loaded;
  // Nobody may read the log any more.
  process.stderr.on('error', () => {});
  const telemetry = await createTelemetry(config, writeLog);
  let recording: GatewayRecording | null = null;
  let gateway: Gateway;
  try {
    if (config.record || config.routes.some(({ record }) => record === true)) {
      const { startRecording } = await import('./record.js');
      recording = await startRecording(config, {
        urlOf: (route) => recordedUrl(config, route),
        onProblem: (message) => telemetry.report({ type: 'problem', at: now(), part: 'recording', message }),
      });
    }
    gateway = await startGateway(loaded, { ...telemetry, ...(recording !== null && { emit: recording.emit }) });
  } catch (error) {
    // Each would keep the process alive.
    await Promise.all([recording?.stop(), telemetry.close()]);
    throw error;
  }
  process.on('SIGHUP', async () => {
    try {
      const changed = await loadGatewayConfig(file, process.env);
      await gateway.reload(changed);
      config = changed.config;
      await telemetry.configured(config);
    } catch (error) {
      telemetry.report({ type: 'reload_failed', at: now(), message: describeError(error) });
    }
  });
  await new Promise<void>((resolve) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => (signals++ === 0 ? resolve() : process.exit(1)));
    }
  });
  await gateway.stop(config.limits.stop);
  await recording?.stop();
  await telemetry.close();
  // Unread lines would keep the process alive, however long their reader sleeps.
  setTimeout(() => process.exit(), LAST_LINES_MS).unref();
}

/**
 * V8 lets the heap for new objects grow to 32 MB and more, though those of a request live for a millisecond. The flag for its maximum
 * counts only at the start of Node; this one, which V8 reads each time, stops the growth.
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
