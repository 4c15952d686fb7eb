import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TooComplexError } from '../../src/base/json-limits.js';
import { createSseParser, isEventStream, parseSse, type SseEvent } from '../../src/wire/sse.js';

const parse = (text: string) => parseSse(Buffer.from(text));

describe('createSseParser', () => {
  it.each<[string, string, SseEvent[]]>([
    ['an event with its name', 'event: ping\ndata: {}\n\n', [{ event: 'ping', data: '{}' }]],
    ['an event without a name', 'data:x\n\n', [{ event: 'message', data: 'x' }]],
    ['several lines of data', 'data: a\ndata:  b\ndata\n\n', [{ event: 'message', data: 'a\n b\n' }]],
    [
      'all three line ends',
      'data: a\r\n\r\ndata: b\r\rdata: c\n\n',
      ['a', 'b', 'c'].map((data) => ({ event: 'message', data })),
    ],
    [
      'comments, ids and unknown fields',
      ': hi\nid: 7\nretry: 5\nfoo: bar\ndata: x\n\n',
      [{ event: 'message', data: 'x' }],
    ],
    ['a byte order mark', '\ufeffdata: x\n\n', [{ event: 'message', data: 'x' }]],
    ['empty data', 'data\n\n', [{ event: 'message', data: '' }]],
    [
      'a name without data, which is dropped and forgotten',
      'event: a\n\ndata: x\n\n',
      [{ event: 'message', data: 'x' }],
    ],
    ['an event cut by the end, which is dropped', 'data: x\n\ndata: y\n', [{ event: 'message', data: 'x' }]],
  ])('reads %s', (_, text, events) => {
    expect(parse(text)).toEqual(events);
  });

  it('gives the same events wherever the bytes are cut', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
      fc.constantFrom('event: delta', 'data', ': comment', '', '', 'data: žluťoučký 🐎'),
    );
    const stream = fc
      .tuple(
        fc.constantFrom('', '\ufeff'),
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 12 }),
      )
      .map(([mark, lines]) => Buffer.from(mark + lines.flat().join('')));
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 200 }), { maxLength: 5 }), (bytes, cuts) => {
        const whole = parseSse(bytes);
        expect(parsedInPieces(bytes, cuts)).toEqual(whole);
        expect(parsedInPieces(bytes, Array.from(bytes.keys()))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a hostile stream', () => {
  it('is given up when it has too many lines that are not of events', () => {
    expect(() => parse('a\n'.repeat(200_000))).toThrow(TooComplexError);
  });

  it('is given up when it has too many events', () => {
    expect(() => parse('data:x\n\n'.repeat(500_001))).toThrow(TooComplexError);
  });

  it('a stream with an event beyond the limit is no longer read', () => {
    const parser = createSseParser(() => {}, 1_000);
    parser.push(Buffer.from('data: x\n'.repeat(100)));
    expect(() => parser.push(Buffer.from('data: x\n'.repeat(600)))).toThrow(TooComplexError);
  });

  it('takes linear time whatever its line ends are, and however long its lines', () => {
    const size = 4 * 1024 * 1024;
    expect(parse(`${'data:\n\n'.repeat(size / 64)}\r`)).toHaveLength(size / 64);
    let events = 0;
    const parser = createSseParser(() => events++);
    for (let pos = 0; pos < size; pos += 64) parser.push(Buffer.alloc(64, 'data:'));
    parser.push(Buffer.from('\r\r'));
    expect(events).toBe(1);
  });
});

describe('isEventStream', () => {
  it.each([
    ['event: message_start\ndata: {}\n\n', 'text/plain; charset=utf-8', true],
    ['data: {}\n\n', 'application/json', true],
    ['\ufeff\n: ping\n\n', null, true],
    ['data', 'text/html', true],
    ['{"type":"error"}', 'text/event-stream', false],
    ['\n [1]', 'text/event-stream', false],
    ['<html>', 'text/event-stream', false],
    ['database is down', 'text/plain', false],
    ['event', 'text/plain', true],
    ['', 'Text/Event-Stream; charset=utf-8', true],
    ['something: else', 'text/event-stream', true],
    ['something: else', null, false],
  ])('reads the first bytes of %j, labelled %s', (body, type, expected) => {
    expect(isEventStream(Buffer.from(body), type)).toBe(expected);
  });
});

function parsedInPieces(bytes: Buffer, cuts: readonly number[]): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = createSseParser((event) => events.push(event));
  const borders = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  borders.forEach((border, index) => {
    parser.push(bytes.subarray(border, Math.max(border, borders[index + 1] ?? bytes.length)));
  });
  return events;
}
