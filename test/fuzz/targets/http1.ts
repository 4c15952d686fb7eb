import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { observed, type Summary, summarize } from '../../wire/support/wire.js';
import { cut, cuts, damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';
import { type ParsedMessage, parsedByNode } from './support/node-http-parser.js';

const STREAM = 'event: message_start\ndata: {"type":"message_start"}\n\nevent: ping\ndata: {"type": "ping"}\n\n';
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const HEADERS = 'Host: api.test\r\nUser-Agent: client/1\r\nx-api-key: zoft\r\n';

/** Requests with their answers, as they are seen between a client and an API. */
const EXCHANGES: readonly (readonly [string, string])[] = [
  [
    `POST /v1/messages?beta=true HTTP/1.1\r\n${HEADERS}Content-Length: 17\r\n\r\n{"model":"quorn"}`,
    `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(STREAM)}${chunk('data: {}\n\n')}0\r\n\r\n`,
  ],
  [
    `POST /v1/messages HTTP/1.1\r\n${HEADERS}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n7;ext="a"\r\n{"a":1}\r\n0\r\nX-Trailer: 1\r\n\r\n`,
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 529 Overloaded\r\nContent-Length: 2\r\nRetry-After:  3 \r\n\r\n{}',
  ],
  [`GET / HTTP/1.1\r\n${HEADERS}\r\n`, 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "zoft"\r\n\r\n'],
  [`HEAD /x HTTP/1.1\r\n${HEADERS}\r\n`, 'HTTP/1.1 200 \r\nContent-Length: 99\r\n\r\n'],
  [`DELETE /mcp HTTP/1.1\r\n${HEADERS}Content-Length: 0\r\n\r\n`, 'HTTP/1.1 204 No Content\r\n\r\n'],
  [
    `GET /gz HTTP/1.0\r\n${HEADERS}Connection: keep-alive\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zlib.gzipSync('zoft').length}\r\n\r\n${zlib.gzipSync('zoft').toString('latin1')}`,
  ],
  [`GET /end HTTP/1.1\r\n${HEADERS}\r\n`, 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end'],
];

const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  ' ',
  '\t',
  '0\r\n\r\n',
  ':',
  'HTTP/1.1',
  'HTTP/1.1 200 OK\r\n',
  'GET / HTTP/1.1\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 5, 5\r\n',
  'content-length: +5\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'transfer-encoding: identity\r\n',
  'Transfer-Encoding: chunked, chunked\r\n',
  'Connection: close\r\n',
  ' folded\r\n',
  'ffffffffffffffff\r\n',
  '00000005\r\nabcde\r\n',
  '5 ;x\r\n',
  Buffer.of(0),
  Buffer.of(0xff),
  Buffer.of(0x80),
];

const exchange = fc.constantFrom(...EXCHANGES).chain(([request, response]) =>
  fc.record({
    request: damaged(fc.constant(Buffer.from(request, 'latin1')), TOKENS),
    response: damaged(fc.constant(Buffer.from(response, 'latin1')), TOKENS),
  }),
);
type Exchange = { request: Buffer; response: Buffer };
const conversation = fc.record({ exchanges: fc.array(exchange, { minLength: 1, maxLength: 3 }), cuts });

/** The exchanges that the observer saw. The client waits for each answer before its next request. */
function seen(exchanges: readonly Exchange[], places: readonly number[] | 'each'): Summary[] {
  const { events, play } = observed();
  for (const { request, response } of exchanges) {
    play(...cut(request, places).map((client) => ({ client })));
    play(...cut(response, places).map((upstream) => ({ upstream })));
  }
  play('upstream fin', { closed: { by: 'upstream', how: 'fin', code: null } });
  const exchangesSeen = summarize(events);
  for (const event of events) {
    if (event.type !== 'request_end' && event.type !== 'response_end') continue;
    const of = events.filter((each) => each.exchange === event.exchange);
    const type = event.type === 'request_end' ? 'request_body' : 'response_body';
    const size = of.reduce((sum, each) => sum + (each.type === type ? each.bytes.length : 0), 0);
    assert.equal(event.size, size);
    assert.equal(of.filter((each) => each.type === event.type).length, 1);
  }
  for (const { outcome } of exchangesSeen) assert.notEqual(outcome, null);
  return exchangesSeen;
}

/** The messages that Node's parser reads in both directions; null if it refuses one, or one is not whole. */
function readByNode(exchanges: readonly Exchange[]): [ParsedMessage, ParsedMessage][] | null {
  const requests = parsedByNode('request', Buffer.concat(exchanges.map(({ request }) => request)), []);
  if (requests === null) return null;
  const methods = requests.map(({ line }) => line.split(' ')[0] ?? '');
  const responses = parsedByNode('response', Buffer.concat(exchanges.map(({ response }) => response)), methods);
  if (responses === null || responses.length !== requests.length) return null;
  return requests.flatMap((request, index) => {
    const response = responses[index];
    return response === undefined ? [] : [[request, response]];
  });
}

export const http1 = fuzzTarget('http1', 400, conversation, ({ exchanges, cuts: places }) => {
  const whole = seen(exchanges, []);
  assert.deepEqual(seen(exchanges, places), whole);
});

/** All requests before all answers, since Node's parser does not know which bytes came first. */
export const http1AsNode = fuzzTarget(
  'http1-as-node',
  400,
  fc.array(exchange, { minLength: 1, maxLength: 3 }),
  (exchanges) => {
    const expected = readByNode(exchanges);
    if (expected === null) return;
    const { events, play } = observed();
    play({ client: Buffer.concat(exchanges.map(({ request }) => request)) });
    play({ upstream: Buffer.concat(exchanges.map(({ response }) => response)) }, 'upstream fin');
    const read = summarize(events).map((one) => [
      {
        line: one.request.replace(/ 1\.[01]$/, ''),
        headers: one.requestHeaders,
        body: one.requestBody,
        degraded: one.degraded,
      },
      { line: String(one.status), headers: one.responseHeaders, body: one.responseBody },
    ]);
    assert.deepEqual(
      read,
      expected.map(([request, response]) => [{ ...request, degraded: null }, response]),
    );
  },
);
