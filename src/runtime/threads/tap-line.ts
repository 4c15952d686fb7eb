import type { MessagePort } from 'node:worker_threads';
import { estimateTokens } from '../../attribution/index.js';
import { describeError } from '../../base/error-text.js';
import {
  createMcpRecorder,
  createProgressFollower,
  createRecorder,
  type PassiveRules,
  type ProgressFollower,
  type Redactor,
} from '../../capture/index.js';
import { isIncluded } from '../../mcp/discover/index.js';
import type { WriteJob } from '../../store/index.js';
import type { HttpEvent, McpEvent, WireEvent } from '../../wire/index.js';
import { withCare } from './care.js';
import { acknowledge, type KeptEvents } from './kept-events.js';
import type { KnownServers } from './known-servers.js';
import type { FromRecorder, RecorderStart, ToRecorderPort } from './messages.js';
import type { RecorderAttribution } from './recorder-attribution.js';
import type { WorkMarker } from './work-marker.js';

interface TapLineOptions extends Pick<RecorderStart, 'run' | 'careful' | 'mcpNames'> {
  redactor: Redactor;
  rules: PassiveRules | null;
  /** Those that are known now. */
  known(): KnownServers;
  attribution: RecorderAttribution;
  marker: WorkMarker;
  kept: KeptEvents;
  push(job: WriteJob): void;
  send(message: FromRecorder): void;
  /** Reports something that the user must know. */
  report(code: string, message: string): void;
  /** After each message of the tap. */
  onRead(): void;
  /** The tap has ended or crashed. */
  onClose(): void;
}

/** Records what one tap saw, until it ends or crashes. @returns the follower of its answers */
export function openTapLine(
  port: MessagePort,
  {
    run,
    careful,
    mcpNames,
    redactor,
    rules,
    known,
    attribution,
    marker,
    kept,
    push,
    send,
    report,
    onRead,
    onClose,
  }: TapLineOptions,
): ProgressFollower {
  const recorder = createRecorder({
    runId: run.id,
    redactor,
    rules,
    kindOf: (request) => known().kindOf(request),
    serverOf: (request) => known().serverOf(request),
    onHits: (hits) => push({ type: 'mcp', record: null, writes: [{ type: 'hits', hits }] }),
    onRequest: (request) => push({ type: 'request', request }),
    onEnd(request, response) {
      const exchange = request.correlationId;
      kept.keep(exchange, port);
      const attributed = careful.has(exchange)
        ? null
        : marker.during('attribute', exchange, () => attribution.attribute(request, response));
      push({ type: 'response', response, attribution: attributed });
    },
  });
  const mcp = createMcpRecorder({
    runId: run.id,
    redactor,
    servers: () => known().servers,
    isIncluded: (name) => isIncluded(name, mcpNames),
    isMcp: (head) => known().kindOf(head) === 'mcp',
    rules,
    estimateTokens,
    onWrite(record, writes) {
      if (record !== null) kept.keep(record, port);
      push({ type: 'mcp', record, writes });
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

  function handle(event: WireEvent): void {
    if (isOfShim(event)) handleShim(event);
    else handleHttp(event);
    // What opens a connection is stored when the connection ends.
    const isComplete = event.type === 'settled' || event.type === 'mcp_lines' || event.type === 'mcp_closed';
    // Nothing of it will be stored: it was left out, or began before this recorder.
    if (isComplete && !kept.has(event.exchange)) acknowledge(port, [event.exchange]);
  }

  function handleShim(event: McpEvent): void {
    const care = careful.get(event.exchange) ?? 'unattributed';
    read(event, 'message of MCP', () => mcp.handle(event, care !== 'unattributed'));
  }

  function handleHttp(event: HttpEvent): void {
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
  }

  /** What cannot be read costs its own record, never the others. */
  function read({ exchange, at }: WireEvent, what: string, step: () => void): void {
    try {
      marker.during('read', exchange, step);
    } catch (error) {
      const message = `A captured ${what} could not be read and is left out: ${describeError(error)}.`;
      report('unreadable', message);
      push({ type: 'incident', incident: { runId: run.id, at, code: 'unreadable', message } });
    }
  }

  port.on('message', (message: ToRecorderPort) => {
    if (message.type === 'end') return port.close();
    for (const event of message.events) handle(event);
    onRead();
  });
  port.on('close', () => {
    follower.watch(false);
    // A tap that crashed sends nothing more about its open exchanges.
    recorder.finish(Date.now());
    mcp.finish(Date.now());
    onClose();
  });
  return follower;
}

function isOfShim(event: WireEvent): event is McpEvent {
  return event.type === 'mcp_opened' || event.type === 'mcp_lines' || event.type === 'mcp_closed';
}
