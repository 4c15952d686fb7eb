import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { createRecorder, createRedactor } from '../../../src/capture/index.js';
import { observed } from '../../wire/support/wire.js';
import { cut, cuts, damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';

/** Its form alone shows that it is a key. */
const SECRET = `sk-ant-api03-${'Zoft0Brindle'.repeat(8)}-AAAA`;

const BODY = JSON.stringify({
  model: 'claude-quorn',
  stream: true,
  messages: [{ role: 'user', content: [{ type: 'text', text: `the key is ${SECRET}, or "${SECRET}"` }] }],
  metadata: { user_id: 'zoft', [SECRET]: 1 },
});
const EVENTS = [
  { type: 'message_start', message: { id: 'msg_1', role: 'assistant', usage: { input_tokens: 3, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `It is ${SECRET}.` } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `In parts: ${SECRET.slice(0, 40)}` } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: SECRET.slice(40) } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
];
const STREAM = EVENTS.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const CREDENTIALS = `x-api-key: ${SECRET}\r\nAuthorization: Bearer ${SECRET}\r\nCookie: a=${SECRET}\r\nX-Other: ${SECRET}\r\n`;

function response(type: string, body: Buffer, encoding = ''): Buffer {
  const coding = encoding === '' ? '' : `Content-Encoding: ${encoding}\r\n`;
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${coding}Set-Cookie: s=${SECRET}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

const REQUEST = Buffer.from(
  `POST /v1/messages?key=${SECRET} HTTP/1.1\r\nHost: api.anthropic.com\r\n${CREDENTIALS}Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
);
const RESPONSES = [
  response('text/event-stream', Buffer.from(STREAM)),
  response('text/event-stream', zlib.gzipSync(STREAM), 'gzip'),
  response('application/json', Buffer.from(JSON.stringify({ id: 'msg_1', content: [{ type: 'text', text: SECRET }] }))),
  response('text/html', Buffer.from(`<html>${SECRET}</html>`)),
];
const TOKENS = [
  ...[
    '"',
    '\\',
    '\\u00',
    '\n',
    '\n\n',
    'data: ',
    '{',
    '}',
    ',',
    ':',
    '[',
    ']',
    '\r\n',
    ' ',
    '%73',
    '=',
    '&',
    '<',
    '0',
    '\ufeff',
    SECRET,
  ],
  ...[
    'Content-Encoding: gzip\r\n',
    'Content-Encoding: identity\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 9\r\n',
    'Content-Type: text/event-stream\r\n',
  ],
  Buffer.of(0xff),
  Buffer.of(0),
  Buffer.of(0xc3),
];

const exchange = fc.record({
  request: damaged(fc.constant(REQUEST), TOKENS),
  response: damaged(fc.constantFrom(...RESPONSES), TOKENS),
  cuts,
  bodyLimit: fc.constantFrom(1024 * 1024, 400, 333),
});

/** All text of some data, at any depth. */
function textsOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, inner]) => `${name}\n${textsOf(inner)}`)
    .join('\n');
}

/** For any bytes, each exchange is recorded once, and the record has no secret. */
export const capture = fuzzTarget('capture', 120, exchange, (input) => {
  const { events, play } = observed({ limits: { bodyBytes: input.bodyLimit, headBytes: 64 * 1024 } });
  play(...cut(input.request, input.cuts).map((client) => ({ client })));
  play(...cut(input.response, input.cuts).map((upstream) => ({ upstream })));
  play('upstream fin', { closed: { by: 'upstream', how: 'fin', code: null } });
  const recorded: unknown[] = [];
  let ended = 0;
  const recorder = createRecorder({
    runId: 'run_1',
    redactor: createRedactor(Buffer.from('key')),
    onRequest: (request) => recorded.push(request),
    onEnd: (_, answer) => {
      ended += 1;
      recorded.push(answer);
    },
    limits: { decodedBytes: 1024 * 1024 },
  });
  for (const event of events) recorder.handle(event);
  assert.equal(ended, new Set(events.map((event) => event.exchange)).size);
  assert.deepEqual(recorder.openExchanges(), []);
  const found = textsOf(recorded);
  assert.ok(!found.includes(SECRET), found.slice(Math.max(0, found.indexOf(SECRET) - 300)).slice(0, 500));
});
