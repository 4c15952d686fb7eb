import http from 'node:http';
import { now } from '../../../base/clock.js';
import type { Header, HeaderList } from '../../../model/exchange.js';
import type { PipeEnd } from '../../../proxy/index.js';
import {
  COMPLETE,
  DEFAULT_LIMITS,
  type EmitHttpEvent,
  type ObservedConnection,
  type RequestHead,
  type RuledLine,
  WireExchange,
} from '../../../wire/index.js';

/** Headers that belong to another body, or to another connection. */
const OF_REQUEST =
  /^(?:content-.*|transfer-encoding|expect|accept|connection|keep-alive|mcp-method|mcp-name|mcp-param-.*|last-event-id)$/i;

const OF_ANSWER: HeaderList = [
  ['Content-Type', 'application/json'],
  ['Accept', 'application/json, text/event-stream'],
  ['Connection', 'close'],
];

export interface ServerAnswer {
  connection: ObservedConnection;
  emit: EmitHttpEvent;
  /** The answer that a rule made. */
  line: RuledLine;
  /** The request whose answer carries the server's request, with the headers that the server expects. */
  request: RequestHead;
  /** Address to which the client would send its answer. */
  target: string;
  redial(): Promise<PipeEnd>;
}

/** Answers a request of the server in place of the client, by a POST on a connection of its own. Never rejects. */
export async function answerServer(answer: ServerAnswer): Promise<void> {
  const { connection, emit, line, request, target, redial } = answer;
  const body = Buffer.from(line.bytes);
  const headers: Header[] = [
    ...request.headers.filter(([name]) => !OF_REQUEST.test(name)),
    ...OF_ANSWER,
    ['Content-Length', String(body.length)],
  ];
  const wire = new WireExchange(connection, emit, DEFAULT_LIMITS, 0, now());
  wire.requestHead({ method: 'POST', target, httpVersion: '1.1', headers });
  emit({ type: 'mcp_ruled', exchange: wire.id, line, at: line.at });
  wire.requestBody(body, now());
  wire.requestEnd(now());
  try {
    const upstream = await redial();
    await send(upstream, { target, headers, body, wire });
    wire.settle(COMPLETE, now());
    upstream.stream.destroy();
  } catch {
    const error = 'the answer that a rule made did not reach the server';
    wire.settle({ outcome: 'failed', error, degraded: null }, now());
  }
}

interface Sent {
  target: string;
  headers: HeaderList;
  body: Buffer;
  wire: WireExchange;
}

function send(upstream: PipeEnd, { target, headers, body, wire }: Sent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => upstream.stream,
      method: 'POST',
      path: target,
      headers: headers.flat(),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode: status = 0, statusMessage: reason = '', rawHeaders, httpVersion } = response;
      const lines = rawHeaders.flatMap((name, index): Header[] =>
        index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
      );
      wire.responseHead({ status, reason, httpVersion, headers: lines }, now());
      response.on('data', (bytes: Buffer) => wire.responseBody(bytes, now()));
      response.on('error', reject);
      response.on('end', () => {
        wire.responseEnd(0, now());
        wire.delivered = now();
        resolve();
      });
    });
    request.end(body, () => {
      wire.forwarded ??= now();
    });
  });
}
