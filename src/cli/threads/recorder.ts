/**
 * The thread for everything slow: it decodes, redacts, attributes and writes. When it dies, the traffic goes on and main
 * starts it again.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import {
  createProgressFollower,
  createRecorder,
  createRedactor,
  type ProgressFollower,
  type WireEvent,
} from '../../capture/index.js';
import { describeError } from '../../format/describe-error.js';
import type { ProxyFact } from '../../proxy/index.js';
import { createRetentionUpkeep, createWriteQueue, openStore } from '../../store/index.js';
import { createAttributor } from '../attributor.js';
import { loadRedactionKey } from '../redaction-key.js';
import { describeTooLarge } from '../retention.js';
import { readSessionHistory } from '../session-history.js';
import type { FromRecorder, FromRecorderPort, RecorderStart, ToRecorder, ToRecorderPort } from './messages.js';
import { yieldToTraffic } from './priority.js';
import { SqliteGate } from './sqlite-gate.js';

if (!parentPort) throw new Error('recorder.js runs as a worker thread only');
const main: MessagePort = parentPort;
yieldToTraffic();
// Listening before the first message is handled: a message that finds no listener is lost.
main.once('message', (start: RecorderStart) => record(start));

/** How long one call may wait inside SQLite, where nothing can end this thread (sqlite-gate.ts): the queue has the patience. */
const NATIVE_WAIT_MS = 250;

function record({ database, redactionKey, run, prices, retention, gateBuffer }: RecorderStart): void {
  const gate = new SqliteGate(gateBuffer);
  /** For each exchange that has ended: tells the traffic thread that its bytes are off our hands. */
  const releases = new Map<string, () => void>();
  const queue = createWriteQueue(() => openStore(database, NATIVE_WAIT_MS), {
    onCommitted: (rows) => {
      for (const { correlation_id: exchange } of rows) take(releases, exchange)?.();
      tell({ type: 'committed', rows });
    },
    onProblem: ({ code, message }) => tell({ type: 'problem', code: `store_${code}`, message }),
    pass: (step) => gate.pass(step),
    upkeep: createRetentionUpkeep({
      ...retention,
      onProblem: (reason) =>
        tell({ type: 'problem', code: 'retention', message: `Old requests could not be removed: ${reason}` }),
      onTooLarge: (usedBytes) =>
        tell({ type: 'problem', code: 'retention_size', message: describeTooLarge(usedBytes, retention.maxBytes) }),
    }),
  });
  queue.push({ type: 'run_begun', run });
  queue.push({ type: 'mark_interrupted' });

  const redactor = createRedactor(loadRedactionKey(redactionKey));
  const attributor = createAttributor({
    prices,
    onFailure: (message) =>
      tell({ type: 'problem', code: 'attribution', message: `Some requests could not be attributed: ${message}.` }),
    history: (sessionId, onDamaged) =>
      gate.pass(() => readSessionHistory(database, sessionId, NATIVE_WAIT_MS, onDamaged)) ?? [],
    onHistoryFailure: (message) =>
      tell({
        type: 'problem',
        code: 'history',
        message: `An earlier conversation could not be taken up again, its figures start anew: ${message}`,
      }),
  });

  /** Lines to traffic threads that still speak; a new one comes after a crash of the last. */
  const lines = new Map<MessagePort, ProgressFollower>();
  let watched = false;
  let finishing: { timeoutMs: number } | null = null;

  main.on('message', (message: ToRecorder) => {
    switch (message.type) {
      case 'traffic':
        return listenTo(message.port);
      case 'fact':
        return note(message.fact);
      case 'watch':
        watched = message.watched;
        for (const follower of lines.values()) follower.watch(watched);
        return;
      case 'finish':
        finishing = message;
        if (lines.size === 0) void finish(message.timeoutMs);
    }
  });

  /** Records what one traffic thread saw, until it says that it has ended or is gone. */
  function listenTo(port: MessagePort): void {
    /** Body bytes by exchange. */
    const held = new Map<string, number>();
    const recorder = createRecorder({
      runId: run.id,
      redactor,
      onRequest: (request) => queue.push({ type: 'request', request }),
      onEnd: (request, response) => {
        releases.set(request.correlationId, () => release(request.correlationId));
        queue.push({ type: 'response', response, attribution: attributor.attribute(request, response) });
      },
    });
    const follower = createProgressFollower({
      recorder,
      redactor,
      onGrown: (answers) => tell({ type: 'progress', answers }),
      onFailed: (error) =>
        tell({
          type: 'problem',
          code: 'progress',
          message: `Answers were not shown while they came: ${describeError(error)}.`,
        }),
    });
    const release = (exchange: string) => {
      port.postMessage({ type: 'ack', bytes: take(held, exchange) ?? 0 } satisfies FromRecorderPort);
    };
    const handle = (event: WireEvent) => {
      if ('bytes' in event) held.set(event.exchange, (held.get(event.exchange) ?? 0) + event.bytes.byteLength);
      try {
        recorder.handle(event);
      } catch (error) {
        // A body that we choke on costs its own exchange, never the others.
        const message = `A captured exchange could not be read and is left out: ${describeError(error)}.`;
        tell({ type: 'problem', code: 'unreadable', message });
        noteIncident('unreadable', message, event.at);
      }
      if (event.type === 'response_body') follower.touch(event.exchange);
      if (event.type === 'settled') follower.drop(event.exchange);
      if (event.type === 'settled' && !releases.has(event.exchange)) release(event.exchange);
    };

    lines.set(port, follower);
    follower.watch(watched);
    port.on('message', (message: ToRecorderPort) => {
      if (message.type === 'end') port.close();
      else for (const event of message.events) handle(event);
    });
    port.on('close', () => {
      lines.delete(port);
      follower.watch(false);
      // What a thread left open when it died ends here: nobody will speak of it again.
      recorder.finish(Date.now());
      if (finishing && lines.size === 0) void finish(finishing.timeoutMs);
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
    queue.push({ type: 'run_ended', id: run.id, at: Date.now() });
    const { lost } = await queue.drain(timeoutMs);
    tell({ type: 'drained', lost });
    main.close();
  }
}

function tell(message: FromRecorder): void {
  main.postMessage(message);
}

function take<Key, Value>(map: Map<Key, Value>, key: Key): Value | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
