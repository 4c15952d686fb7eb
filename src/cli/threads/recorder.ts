/**
 * The thread for everything slow: it decodes, redacts, attributes and writes. When it dies, the traffic goes on and main
 * starts it again.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createRecorder, createRedactor } from '../../capture/index.js';
import type { ProxyFact } from '../../proxy/index.js';
import { createWriteQueue, openStore } from '../../store/index.js';
import { createAttributor } from '../attributor.js';
import { loadRedactionKey } from '../redaction-key.js';
import type { FromRecorder, FromRecorderPort, RecorderStart, ToRecorder, ToRecorderPort } from './messages.js';
import { yieldToTraffic } from './priority.js';

const main = parentPort;
if (!main) throw new Error('recorder.js runs as a worker thread only');
const tell = (message: FromRecorder) => main.postMessage(message);

const start = workerData as RecorderStart;
yieldToTraffic();

const queue = createWriteQueue(() => openStore(start.database), {
  onCommitted: (rows) => tell({ type: 'committed', rows }),
  onProblem: ({ code, message }) => tell({ type: 'problem', code: `store_${code}`, message }),
});
queue.push({ type: 'run_begun', run: start.run });
queue.push({ type: 'mark_interrupted' });

const attributor = createAttributor(start.prices, (message) =>
  tell({ type: 'problem', code: 'attribution', message: `Some requests could not be attributed: ${message}.` }),
);
const recorder = createRecorder({
  runId: start.run.id,
  redactor: createRedactor(loadRedactionKey(start.redactionKey)),
  onRequest: (request) => queue.push({ type: 'request', request }),
  onEnd: (request, response) =>
    queue.push({ type: 'response', response, attribution: attributor.attribute(request, response) }),
});

let finishing: { timeoutMs: number } | null = null;
let trafficOpen = false;

main.on('message', async (message: ToRecorder) => {
  switch (message.type) {
    case 'traffic':
      // What a traffic thread left open when it died ends here: nobody will speak of it again.
      recorder.finish(Date.now());
      return listenTo(message.port);
    case 'fact':
      return note(message.fact);
    case 'finish':
      finishing = message;
      if (!trafficOpen) await finish(message.timeoutMs);
  }
});

/** Events of one traffic thread, until it says that it has ended or is gone. */
function listenTo(port: MessagePort): void {
  trafficOpen = true;
  const end = async () => {
    trafficOpen = false;
    port.close();
    if (finishing) await finish(finishing.timeoutMs);
  };
  port.on('message', (message: ToRecorderPort) => {
    if (message.type === 'end') return end();
    for (const event of message.events) recorder.handle(event);
    port.postMessage({ type: 'ack', bytes: message.bytes } satisfies FromRecorderPort);
  });
  port.on('close', () => {
    trafficOpen = false;
  });
}

/** Failures of connections are kept: a request that never got out leaves no other trace. */
function note(fact: ProxyFact): void {
  if (fact.type === 'failed') noteIncident(fact.failure.kind, fact.failure.message, fact.at);
  if (fact.type === 'tap_failed') noteIncident('tap_failed', `${fact.host}: ${fact.message}`, fact.at);
}

function noteIncident(code: string, message: string, at: number): void {
  queue.push({ type: 'incident', incident: { runId: start.run.id, at, code, message } });
}

async function finish(timeoutMs: number): Promise<void> {
  recorder.finish(Date.now());
  queue.push({ type: 'run_ended', id: start.run.id, at: Date.now() });
  const { lost } = await queue.drain(timeoutMs);
  tell({ type: 'drained', lost });
  main?.close();
}
