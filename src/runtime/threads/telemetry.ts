/** The thread that sends spans and metrics to an OpenTelemetry collector. Nothing else depends on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { createConnections } from '../../api/connections.js';
import { createTelemetryStream, type Turn } from '../../export/telemetry/stream.js';
import { explainError } from '../../text/store-error.js';
import { printableLine } from '../../text/text.js';
import type { FromTelemetry, TelemetryStart, ToTelemetry } from './messages.js';
import { yieldToTraffic } from './priority.js';
import { SqliteGate } from './sqlite-gate.js';

if (!parentPort) throw new Error('telemetry.js runs as a worker thread only');
const main: MessagePort = parentPort;
yieldToTraffic();

/** A check takes microseconds while there is nothing to send. */
const POLL_MS = 1_000;
/** A collector that is restarted answers again within this time. */
const REPORT_AFTER_MS = 60_000;

const closing = new AbortController();
// A message without a listener would be lost.
main.once('message', (start: TelemetryStart) => {
  main.once('message', (_: ToTelemetry) => closing.abort());
  void run(start).finally(() => main.close());
});

/** Runs until main ends it, or there is nothing more to send. */
async function run({ database, gateBuffer, ...start }: TelemetryStart): Promise<void> {
  const gate = new SqliteGate(gateBuffer);
  const connections = createConnections(database, (work) => gate.pass(work));
  const report = createReport(start.endpoint);
  const stream = createTelemetryStream({ ...start, ask: connections.ask, write: connections.write, onLoss: send });
  const never = new AbortController().signal;
  for (;;) {
    const turn = await attempt(() => stream.turn(never));
    report.note(turn);
    if (turn.type === 'sent') continue;
    if (closing.signal.aborted) break;
    await sleep(POLL_MS, null, { signal: closing.signal }).catch(() => {});
  }
  report.end();
  connections.close();
}

/** The database may not exist yet, or be locked: the next turn tries again. */
async function attempt(turn: () => Promise<Turn>): Promise<Turn> {
  try {
    return await turn();
  } catch (error) {
    return { type: 'failed', reason: explainError(error).replace(/\.$/, '') };
  }
}

/** Reports a failure once, if it lasts or has not been resolved at the end. */
function createReport(endpoint: string) {
  let failure: { reason: string; since: number } | null = null;
  let isReported = false;

  function report(): void {
    if (failure === null || isReported) return;
    isReported = true;
    const what = `Spans and metrics were not sent to ${endpoint}: ${failure.reason}.`;
    send('otlp', `${what} A later run sends them.`);
  }

  return {
    note(turn: Turn) {
      if (turn.type === 'failed') failure = { reason: turn.reason, since: failure?.since ?? Date.now() };
      if (turn.type === 'sent' || turn.type === 'idle') failure = null;
      if (failure !== null && Date.now() - failure.since >= REPORT_AFTER_MS) report();
    },
    end: report,
  };
}

function send(code: string, message: string): void {
  main.postMessage({ type: 'problem', code, message: printableLine(message) } satisfies FromTelemetry);
}
