/** The thread for everything slow: it decodes, redacts, attributes and writes. When it dies, the traffic goes on. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { estimateTokens } from '../../attribution/index.js';
import { describeError } from '../../base/error-text.js';
import {
  createKindOf,
  createMcpRecorder,
  createPassiveRules,
  createProgressFollower,
  createRecorder,
  createRedactor,
  createServerOf,
  type PassiveRules,
  type ProgressFollower,
} from '../../capture/index.js';
import { isIncluded, type KnownMcpServer, mcpAddresses } from '../../mcp/discover/index.js';
import { loadRedactionKey } from '../../settings/redaction-key.js';
import { createRetentionUpkeep, createWriteQueue, openStore, type WriteJob } from '../../store/index.js';
import { describeTooLarge } from '../../text/reports/pruning.js';
import { describeStoreProblem, explainError } from '../../text/store-error.js';
import type { HttpEvent, McpEvent, WireEvent } from '../../wire/index.js';
import type { Care, FromRecorder, FromRecorderPort, RecorderStart, ToRecorder, ToRecorderPort } from './messages.js';
import { yieldToTraffic } from './priority.js';
import { createRecorderAttribution } from './recorder-attribution.js';
import { SqliteGate } from './sqlite-gate.js';
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
function record(
  {
    database,
    redactionKey,
    secretHeaders,
    mcpServers,
    mcpNames,
    mcpHosts,
    run,
    prices,
    retention,
    gateBuffer,
    workBuffer,
    careful,
  }: RecorderStart,
  rules: PassiveRules | null,
): (message: ToRecorder) => void {
  const gate = new SqliteGate(gateBuffer);
  const marker = new WorkMarker(workBuffer);
  marker.keepBeating();
  /** For each exchange that has ended, and each MCP record, the tap that keeps its events until it is stored. */
  const keepers = new Map<string, MessagePort>();
  const queue = createWriteQueue(() => openStore(database, NATIVE_WAIT_MS), {
    onCommitted: ({ rows, mcpRecords }) => {
      acknowledge([...rows.filter(({ state }) => state !== 'open').map((row) => row.correlationId), ...mcpRecords]);
      send({ type: 'committed', rows });
    },
    onLost: acknowledge,
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

  const redactor = createRedactor(loadRedactionKey(redactionKey), secretHeaders);
  let known = knowServers(mcpServers);
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

  /** Lines to taps. After a crash a tap gets a new one. */
  const lines = new Map<MessagePort, ProgressFollower>();
  let watched = false;
  let finishing: { timeoutMs: number } | null = null;
  const hurry = new AbortController();

  function knowServers(servers: readonly KnownMcpServer[] | null) {
    for (const { url, secrets } of servers ?? []) {
      for (const secret of secrets) redactor.settle(secret);
      if (url !== null) redactor.learnUrl(url);
    }
    const addresses = servers === null ? { hosts: [], servers: [] } : mcpAddresses(servers, mcpHosts);
    const kindOf = createKindOf(addresses);
    return { servers: servers ?? [], kindOf, serverOf: createServerOf(addresses, kindOf) };
  }

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
        for (const follower of lines.values()) follower.watch(watched);
        break;
      case 'mcp_servers':
        known = knowServers(message.servers);
        send({ type: 'mcp_servers_known' });
        break;
      case 'finish':
        finishing = message;
        if (lines.size === 0) void finish(message.timeoutMs);
        if (message.timeoutMs === 0) setTimeout(giveUp, HURRY_MS);
    }
  }

  /** Records what one tap saw, until it ends or crashes. */
  function listenTo(port: MessagePort): void {
    const recorder = createRecorder({
      runId: run.id,
      redactor,
      rules,
      kindOf: (request) => known.kindOf(request),
      serverOf: (request) => known.serverOf(request),
      onHits: (hits) => queue.push({ type: 'mcp', record: null, writes: [{ type: 'hits', hits }] }),
      onRequest: (request) => queue.push({ type: 'request', request }),
      onEnd: (request, response) => {
        const exchange = request.correlationId;
        keepers.set(exchange, port);
        const attributed = careful.has(exchange)
          ? null
          : marker.during('attribute', exchange, () => attribution.attribute(request, response));
        queue.push({ type: 'response', response, attribution: attributed });
      },
    });
    const mcp = createMcpRecorder({
      runId: run.id,
      redactor,
      servers: () => known.servers,
      isIncluded: (name) => isIncluded(name, mcpNames),
      isMcp: (head) => known.kindOf(head) === 'mcp',
      rules,
      estimateTokens,
      onWrite(record, writes) {
        if (record !== null) keepers.set(record, port);
        queue.push({ type: 'mcp', record, writes });
        attribution.seeMcp(writes);
      },
    });
    const follower = createProgressFollower({
      recorder: {
        openExchanges: recorder.openExchanges,
        answerSoFar: (exchange) => (careful.has(exchange) ? null : recorder.answerSoFar(exchange)),
      },
      redactor,
      hidesTexts: rules?.redactsAnswers ?? false,
      onRead: (exchange, read) => marker.during('follow', exchange, read),
      onGrown: (answers) => send({ type: 'progress', answers }),
      onFailed: (error) => report('progress', `Answers were not shown while they came: ${describeError(error)}.`),
    });
    /** Exchanges with connectors that are excluded. */
    const excluded = new Set<string>();
    const handleHttp = (event: HttpEvent) => {
      if (event.type === 'request_head' && mcp.leavesOut(event)) excluded.add(event.exchange);
      if (excluded.has(event.exchange)) {
        if (event.type === 'settled') excluded.delete(event.exchange);
        return;
      }
      const safe = withCare(event, careful.get(event.exchange));
      if (safe !== null) {
        read(safe, 'exchange', () => recorder.handle(safe));
        read(safe, 'message of MCP', () => mcp.http(safe));
      }
      if (event.type === 'response_body') follower.touch(event.exchange);
      if (event.type === 'settled') follower.drop(event.exchange);
    };
    const handleShim = (event: McpEvent) => {
      const care = careful.get(event.exchange) ?? 'unattributed';
      read(event, 'message of MCP', () => mcp.handle(event, care !== 'unattributed'));
    };
    const handle = (event: WireEvent) => {
      if (isOfShim(event)) handleShim(event);
      else handleHttp(event);
      // What opens a connection is stored when the connection ends.
      const isComplete = event.type === 'settled' || event.type === 'mcp_lines' || event.type === 'mcp_closed';
      // Nothing of it will be stored: it was left out, or began before this recorder.
      if (isComplete && !keepers.has(event.exchange)) post(port, [event.exchange]);
    };

    lines.set(port, follower);
    follower.watch(watched);
    port.on('message', (message: ToRecorderPort) => {
      if (message.type === 'end') return port.close();
      for (const event of message.events) handle(event);
      queue.relieve();
    });
    port.on('close', () => {
      lines.delete(port);
      follower.watch(false);
      // A tap that crashed sends nothing more about its open exchanges.
      recorder.finish(Date.now());
      mcp.finish(Date.now());
      if (finishing && lines.size === 0) void finish(finishing.timeoutMs);
    });
  }

  /** What cannot be read costs its own record, never the others. */
  function read({ exchange, at }: WireEvent, what: string, step: () => void): void {
    try {
      marker.during('read', exchange, step);
    } catch (error) {
      const message = `A captured ${what} could not be read and is left out: ${describeError(error)}.`;
      report('unreadable', message);
      noteIncident({ code: 'unreadable', message, at });
    }
  }

  function acknowledge(exchanges: readonly string[]): void {
    const byKeeper = new Map<MessagePort, string[]>();
    for (const exchange of exchanges) {
      const keeper = takeOut(keepers, exchange);
      if (keeper) byKeeper.set(keeper, [...(byKeeper.get(keeper) ?? []), exchange]);
    }
    for (const [keeper, stored] of byKeeper) post(keeper, stored);
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
    for (const port of lines.keys()) port.close();
    main.close();
  }

  return take;
}

function isOfShim(event: WireEvent): event is McpEvent {
  return event.type === 'mcp_opened' || event.type === 'mcp_lines' || event.type === 'mcp_closed';
}

/** The event with the care that its exchange needs; null: it is not recorded. */
function withCare(event: HttpEvent, care: Care | undefined): HttpEvent | null {
  if (care === 'left out') return null;
  if (care !== 'without bodies') return event;
  if (event.type === 'request_body' || event.type === 'response_body' || event.type === 'mcp_ruled') return null;
  if (event.type === 'request_end' || event.type === 'response_end') return { ...event, truncated: event.size > 0 };
  return event.type === 'settled' ? { ...event, degraded: event.degraded ?? UNREADABLE } : event;
}

const UNREADABLE = 'claude-trace could not read this exchange: its bodies are not kept';

function workOf(job: WriteJob): Work | null {
  if (job.type === 'request') return { stage: 'write', exchange: job.request.correlationId };
  if (job.type === 'mcp') return job.record === null ? null : { stage: 'write', exchange: job.record };
  return job.type === 'response' ? { stage: 'write', exchange: job.response.correlationId } : null;
}

function post(port: MessagePort, exchanges: readonly string[]): void {
  port.postMessage({ type: 'ack', exchanges } satisfies FromRecorderPort);
}

function send(message: FromRecorder): void {
  main.postMessage(message);
}

/** Reports something that the user must know. */
function report(code: string, message: string): void {
  send({ type: 'problem', code, message });
}

function takeOut<Key, Value>(map: Map<Key, Value>, key: Key): Value | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
