import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventSplitter, type SplitEvent } from '../../../src/mcp/ruled/http/event-splitter.js';
import { createSseBytesReader, createSseParser, type SseEvent } from '../../../src/wire/index.js';
import { cut, cuts, damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';

const STREAMS = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1"}}\n\nevent: ping\ndata: {"type": "ping"}\n\n' +
    'event: content_block_delta\ndata: {"delta":{"text":"žluťoučký 🐎"}}\n\nevent: message_stop\ndata: {}\n\n',
  ': keep-alive\r\n\r\nid: 7\r\nretry: 3000\r\ndata: {"jsonrpc":"2.0",\r\ndata: "id":1}\r\n\r\n',
  '\ufeffevent: endpoint\rdata: /messages?id=1\r\rdata\r\r',
  'data: [DONE]\n\ndata:x\ndata:  y\n\nevent: cut\ndata: off',
].map((text) => Buffer.from(text));

const TOKENS = [
  ...[
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\r\r',
    ':',
    ': ',
    ' ',
    'data',
    'data:',
    'data: ',
    'event: ',
    'event:x\n',
    'id\n',
    'retry: 1\n',
  ],
  ...['\ufeff', '\u2028', 'Data: x\n', 'dat\0a: x\n'],
  ...['c3', 'e2 82', 'f0 9f', 'ff', '00', 'ef bb', '80'].map((hex) => Buffer.from(hex.replace(' ', ''), 'hex')),
];

const stream = damaged(fc.constantFrom(...STREAMS), TOKENS, 5);

/** WHATWG HTML §9.2.6, word for word. */
function byTheStandard(bytes: Buffer): SseEvent[] {
  const events: SseEvent[] = [];
  let data = '';
  let event = '';
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  // Text after the last line end is not a line.
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (data !== '') events.push({ event: event || 'message', data: data.slice(0, -1) });
      data = '';
      event = '';
      continue;
    }
    const [name = ''] = line.split(':', 1);
    const value = line.slice(name.length + 1).replace(/^ /, '');
    if (name === 'data') data += `${value}\n`;
    if (name === 'event') event = value;
  }
  return events;
}

export const sse = fuzzTarget('sse', 400, fc.record({ bytes: stream, cuts }), ({ bytes, cuts: places }) => {
  const expected = byTheStandard(bytes);
  for (const pieces of [[bytes], cut(bytes, places)]) {
    const parsed: SseEvent[] = [];
    const parser = createSseParser((event) => parsed.push(event));
    const read: SseEvent[] = [];
    const reader = createSseBytesReader(({ event, data }) => read.push({ event, data: data.toString() }), 1_000_000);
    const split: SplitEvent[] = [];
    const splitter = new EventSplitter((part) => split.push(part), 1_000_000);
    for (const piece of pieces) {
      parser.push(piece);
      reader.push(piece);
      splitter.push(piece);
    }
    reader.end(0);
    splitter.end();
    assert.deepEqual(parsed, expected);
    assert.deepEqual(read, expected);
    const parts = split.flatMap(({ event, data }) =>
      event === null || data === null ? [] : [{ event, data: data.toString() }],
    );
    assert.deepEqual(parts, expected);
    assert.deepEqual(Buffer.concat(split.map(({ raw }) => raw)), bytes);
  }
});
