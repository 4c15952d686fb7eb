/** The thread for everything slow: it decodes, redacts, attributes and writes. When it dies, the traffic goes on. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { createPassiveRules, createRedactor, type PassiveRules, type ProgressFollower } from '../../capture/index.js';
import { loadRedactionKey } from '../../settings/redaction-key.js';
import { createRetentionUpkeep, createWriteQueue, openStore, type WriteJob } from '../../store/index.js';
import { describeTooLarge } from '../../text/reports/pruning.js';
import { describeStoreProblem, explainError } from '../../text/store-error.js';
import { KeptEvents } from './kept-events.js';
import { knowServers } from './known-servers.js';
import type { FromRecorder, RecorderStart, ToRecorder } from './messages.js';
import { yieldToTraffic } from './priority.js';
import { createRecorderAttribution } from './recorder-attribution.js';
import { SqliteGate } from './sqlite-gate.js';
import { openTapLine } from './tap-line.js';
import { type Work, WorkMarker } from './work-marker.js';

if (!parentPort) throw new Error('recorder.js runs as a worker thread only');
const main: MessagePort = parentPort;
yieldToTraffic();

/** Messages that came while the rules were loaded. */
const early: ToRecorder[] = [];
let receive = (message: ToRecorder): void => void early.push(message);
// A message without a listener would be lost.
main.on('message', (message: RecorderStart | ToRecorder) => {
  if ('type' in message) receive(message);
  else void begin(message);
});

async function begin(start: RecorderStart): Promise<void> {
  const library = start.rules && (await import('../../rules/index.js'));
  receive = record(start, start.rules && library && createPassiveRules({ ...start.rules, library }));
  for (const message of early) receive(message);
}

/** How long one call may wait inside SQLite, where nothing can end this thread (see SqliteGate). The queue tries again. */
const NATIVE_WAIT_MS = 250;

/** The last attempt to write, after a signal. Main waits somewhat longer. */
const HURRY_MS = 1_000;

/** @returns what takes messages from main */
function record(start: RecorderStart, rules: PassiveRules | null): (message: ToRecorder) => void {
  const { database, secretHeaders, mcpHosts, run, prices, retention, gateBuffer, workBuffer } = start;
  const gate = new SqliteGate(gateBuffer);
  const marker = new WorkMarker(workBuffer);
  marker.keepBeating();
  const kept = new KeptEvents();
  const queue = createWriteQueue(() => openStore(database, NATIVE_WAIT_MS), {
    onCommitted: ({ rows, mcpRecords }) => {
      kept.release([...rows.filter(({ state }) => state !== 'open').map((row) => row.correlationId), ...mcpRecords]);
      send({ type: 'committed', rows });
    },
    onLost: (exchanges) => kept.release(exchanges),
    onJob: (job) => marker.set(workOf(job)),
    onProblem: (problem) => report(`store_${problem.code}`, describeStoreProblem(problem)),
    pass(step) {
      const result = gate.pass(step);
      marker.set(null);
      return result;
    },
    upkeep: createRetentionUpkeep({
      ...retention,
      onProblem: (error) => report('retention', `Old requests could not be removed: ${explainError(error)}`),
      onTooLarge: (usedBytes) => report('retention_size', describeTooLarge(usedBytes, retention.maxBytes)),
    }),
  });
  queue.push({ type: 'run_begun', run });
  queue.push({ type: 'mark_interrupted' });

  const redactor = createRedactor(loadRedactionKey(start.redactionKey), secretHeaders);
  let known = knowServers(start.mcpServers, mcpHosts, redactor);
  const attribution = createRecorderAttribution({
    database,
    prices,
    secretHeaders,
    run,
    redactor,
    gate,
    busyTimeoutMs: NATIVE_WAIT_MS,
    push: (job) => queue.push(job),
    report,
  });

  /** By the lines to taps. After a crash a tap gets a new one. */
  const followers = new Map<MessagePort, ProgressFollower>();
  let watched = false;
  let finishing: { timeoutMs: number } | null = null;
  const hurry = new AbortController();

  function take(message: ToRecorder): void {
    switch (message.type) {
      case 'tap':
        listenTo(message.port);
        break;
      case 'incident':
        noteIncident(message);
        break;
      case 'watch':
        watched = message.watched;
        for (const follower of followers.values()) follower.watch(watched);
        break;
      case 'mcp_servers':
        known = knowServers(message.servers, mcpHosts, redactor);
        send({ type: 'mcp_servers_known' });
        break;
      case 'finish':
        finishing = message;
        if (followers.size === 0) void finish(message.timeoutMs);
        if (message.timeoutMs === 0) setTimeout(giveUp, HURRY_MS);
    }
  }

  function listenTo(port: MessagePort): void {
    const follower = openTapLine(port, {
      ...start,
      redactor,
      rules,
      known: () => known,
      attribution,
      marker,
      kept,
      push: (job) => queue.push(job),
      send,
      report,
      onRead: () => queue.relieve(),
      onClose() {
        followers.delete(port);
        if (finishing && followers.size === 0) void finish(finishing.timeoutMs);
      },
    });
    followers.set(port, follower);
    follower.watch(watched);
  }

  function noteIncident({ code, message, at }: { code: string; message: string; at: number }): void {
    queue.push({ type: 'incident', incident: { runId: run.id, at, code, message } });
  }

  function giveUp(): void {
    hurry.abort();
    void finish(0);
  }

  let isFinished = false;

  async function finish(timeoutMs: number): Promise<void> {
    if (isFinished) return;
    isFinished = true;
    queue.push({ type: 'run_ended', id: run.id, at: Date.now() });
    const { lost } = await queue.drain(timeoutMs, hurry.signal);
    send({ type: 'drained', lost });
    for (const port of followers.keys()) port.close();
    main.close();
  }

  return take;
}

function workOf(job: WriteJob): Work | null {
  if (job.type === 'request') return { stage: 'write', exchange: job.request.correlationId };
  if (job.type === 'mcp') return job.record === null ? null : { stage: 'write', exchange: job.record };
  return job.type === 'response' ? { stage: 'write', exchange: job.response.correlationId } : null;
}

function send(message: FromRecorder): void {
  main.postMessage(message);
}

/** Reports something that the user must know. */
function report(code: string, message: string): void {
  send({ type: 'problem', code, message });
}
