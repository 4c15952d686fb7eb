import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { now } from '../../base/clock.js';
import { newUlid } from '../../model/ids.js';
import type { Report, RequestOutcome, TraceContext } from '../facts.js';
import type { Refusal } from '../request.js';
import type { Recording } from '../route/recording.js';

/** A request of a client and its answer, as HTTP sees them. Reports its beginning and its end. */
export interface Exchange {
  id: string;
  at: number;
  ip: string;
  request: IncomingMessage;
  response: ServerResponse;
  trace: TraceContext;
  /** Null if it is not recorded, or not yet. */
  recording: Recording | null;
  /** Fields of the fact of its end, filled in on the way. */
  ending: {
    route: string | null;
    upstream: string | null;
    method: string | null;
    tool: string | null;
    subject: string | null;
    outcome: RequestOutcome;
    bytesIn: number;
    bytesOut: number;
  };
}

function endingWith(route: string | null, outcome: RequestOutcome): Exchange['ending'] {
  return { route, upstream: null, method: null, tool: null, subject: null, outcome, bytesIn: 0, bytesOut: 0 };
}

export interface ExchangeOptions {
  ip: string;
  /** Name of the route that will answer it; null for other purposes. */
  route: string | null;
  /** Share of traces that begin here and are sampled. */
  sample: number;
  report: Report;
}

export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { ip, route, sample, report }: ExchangeOptions,
): Exchange {
  const at = now();
  const trace = traceOf(request.headers.traceparent, sample);
  const exchange: Exchange = {
    id: newUlid(),
    at,
    ip,
    request,
    response,
    trace,
    recording: null,
    ending: endingWith(route, 'client_gone'),
  };
  const httpMethod = request.method ?? '';
  report({ type: 'request_started', at, request: exchange.id, route, ip, httpMethod });
  response.on('close', () => {
    const end = now();
    const { ending } = exchange;
    // It was written, and then lost on the way.
    if (ending.outcome === 'ok' && !response.writableFinished) ending.outcome = 'client_gone';
    exchange.recording?.settle(ending.outcome);
    report({
      type: 'request_ended',
      at: end,
      request: exchange.id,
      ip,
      httpMethod,
      status: response.headersSent ? response.statusCode : 0,
      durationMs: end - at,
      trace: exchange.trace,
      // One by one: V8 may make a hidden class for each object that it spreads, which lives until the next large collection.
      route: ending.route,
      upstream: ending.upstream,
      method: ending.method,
      tool: ending.tool,
      subject: ending.subject,
      outcome: ending.outcome,
      bytesIn: ending.bytesIn,
      bytesOut: ending.bytesOut,
    });
  });
  return exchange;
}

/** Answers in place of upstream. @param id of the JSON-RPC request */
export function refuse(exchange: Exchange, given: Refusal, id: string | number | null = null): void {
  const { response, ending } = exchange;
  ending.outcome = given.outcome;
  if (response.headersSent || response.destroyed) return;
  const { body, status, headers } = given;
  const isError = 'error' in body;
  const text = isError ? JSON.stringify({ jsonrpc: '2.0', id, error: body.error }) : body.text;
  const bytes = Buffer.from(text);
  ending.bytesOut += bytes.length;
  // The rest of the body is not read, so the connection cannot be used again.
  const isUnread = !exchange.request.complete;
  const sent = {
    'content-type': isError ? 'application/json' : body.contentType,
    'content-length': bytes.length,
    ...(isUnread && { connection: 'close' }),
    ...headers,
  };
  exchange.recording?.head(status, sent);
  exchange.recording?.body(bytes);
  response.writeHead(status, sent).end(bytes);
}

/** Answers with a line of text. */
export function answerText({ response, ending }: Exchange, status: number, text: string): void {
  ending.outcome = 'ok';
  response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end(text);
}

/** Reports bytes that are not HTTP and were answered with a status, without an exchange. */
export function reportBadRequest(status: number, ip: string, report: Report): void {
  report({
    type: 'request_ended',
    at: now(),
    request: newUlid(),
    ip,
    httpMethod: '',
    status,
    durationMs: 0,
    ...endingWith(null, 'refused'),
    trace: traceOf(null, 0),
  });
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** @param parent a `traceparent` of W3C Trace Context */
export function traceOf(parent: unknown, sample: number): TraceContext {
  const [, traceId, parentId, flags] = typeof parent === 'string' ? (TRACEPARENT.exec(parent) ?? []) : [];
  if (traceId === undefined || parentId === undefined || flags === undefined || /^0+$/.test(traceId)) {
    const isSampled = sample >= 1 || Math.random() < sample;
    return { traceId: randomHex(16), spanId: newSpanId(), parentId: null, isSampled };
  }
  return { traceId, spanId: newSpanId(), parentId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function newSpanId(): string {
  return randomHex(8);
}

/** Random bytes are drawn in blocks: a system call for each request would take a tenth of its time. */
let block = Buffer.alloc(0);
let drawn = 0;

function randomHex(bytes: number): string {
  if (block.length - drawn < bytes) {
    block = randomBytes(4_096);
    drawn = 0;
  }
  drawn += bytes;
  return block.toString('hex', drawn - bytes, drawn);
}
