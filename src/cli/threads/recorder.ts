/**
 * The thread for everything slow: it decodes, redacts, attributes and writes. When it dies, the traffic goes on and main
 * starts it again.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { createRecorder, createRedactor } from '../../capture/index.js';
import type { ProxyFact } from '../../proxy/index.js';
import { createWriteQueue, openStore } from '../../store/index.js';
import { createAttributor } from '../attributor.js';
import { loadRedactionKey } from '../redaction-key.js';
import type { FromRecorder, FromRecorderPort, RecorderStart, ToRecorder, ToRecorderPort } from './messages.js';
import { yieldToTraffic } from './priority.js';

if (!parentPort) throw new Error('recorder.js runs as a worker thread only');
const main: MessagePort = parentPort;
yieldToTraffic();
// Listening before the first message is handled: a message that finds no listener is lost.
main.once('message', (start: RecorderStart) => record(start));

function record({ database, redactionKey, run, prices }: RecorderStart): void {
  const queue = createWriteQueue(() => openStore(database), {
    onCommitted: (rows) => tell({ type: 'committed', rows }),
    onProblem: ({ code, message }) => tell({ type: 'problem', code: `store_${code}`, message }),
  });
  queue.push({ type: 'run_begun', run });
  queue.push({ type: 'mark_interrupted' });

  const attributor = createAttributor(prices, (message) =>
    tell({ type: 'problem', code: 'attribution', message: `Some requests could not be attributed: ${message}.` }),
  );
  const recorder = createRecorder({
    runId: run.id,
    redactor: createRedactor(loadRedactionKey(redactionKey)),
    onRequest: (request) => queue.push({ type: 'request', request }),
    onEnd: (request, response) =>
      queue.push({ type: 'response', response, attribution: attributor.attribute(request, response) }),
  });

  /** The line to the traffic thread; null before the first and after the last. */
  let traffic: MessagePort | null = null;
  let finishing: { timeoutMs: number } | null = null;

  main.on('message', (message: ToRecorder) => {
    switch (message.type) {
      case 'traffic':
        // What a traffic thread left open when it died ends here: nobody will speak of it again.
        recorder.finish(Date.now());
        return listenTo(message.port);
      case 'fact':
        return note(message.fact);
      case 'finish':
        finishing = message;
        if (!traffic) void finish(message.timeoutMs);
    }
  });

  /** Events of one traffic thread, until it says that it has ended or is gone. */
  function listenTo(port: MessagePort): void {
    traffic = port;
    port.on('message', (message: ToRecorderPort) => {
      if (message.type === 'end') return port.close();
      for (const event of message.events) recorder.handle(event);
      port.postMessage({ type: 'ack', bytes: message.bytes } satisfies FromRecorderPort);
    });
    port.on('close', () => {
      if (traffic === port) traffic = null;
      if (finishing && !traffic) void finish(finishing.timeoutMs);
    });
  }

  /** Failures of connections are kept: a request that never got out leaves no other trace. */
  function note(fact: ProxyFact): void {
    if (fact.type === 'failed') noteIncident(fact.failure.kind, fact.failure.message, fact.at);
    if (fact.type === 'tap_failed') noteIncident('tap_failed', `${fact.host}: ${fact.message}`, fact.at);
  }

  function noteIncident(code: string, message: string, at: number): void {
    queue.push({ type: 'incident', incident: { runId: run.id, at, code, message } });
  }

  async function finish(timeoutMs: number): Promise<void> {
    recorder.finish(Date.now());
    queue.push({ type: 'run_ended', id: run.id, at: Date.now() });
    const { lost } = await queue.drain(timeoutMs);
    tell({ type: 'drained', lost });
    main.close();
  }
}

function tell(message: FromRecorder): void {
  main.postMessage(message);
}
