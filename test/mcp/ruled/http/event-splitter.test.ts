import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EventSplitter,
  type SplitEvent,
  withData,
  withoutData,
} from '../../../../src/mcp/ruled/http/event-splitter.js';
import { createSseBytesReader } from '../../../../src/wire/index.js';

function split(chunks: readonly Buffer[], maxBytes = 1_000_000): SplitEvent[] {
  const events: SplitEvent[] = [];
  const splitter = new EventSplitter((event) => events.push(event), maxBytes);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return events;
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('a stream of events', () => {
  const lines = fc.array(
    fc.constantFrom(
      'data: x',
      'data:y',
      'data',
      'event: message',
      'event: endpoint',
      'id: 1',
      ': c',
      'other: 1',
      '',
      '',
      '\uFEFF',
      'ä',
    ),
    { maxLength: 30 },
  );
  const ends = fc.array(fc.constantFrom('\n', '\r', '\r\n'), { minLength: 1, maxLength: 5 });

  it('has the same bytes and events, wherever it is cut', () => {
    fc.assert(
      fc.property(lines, ends, fc.array(fc.nat(400), { maxLength: 8 }), (texts, endings, places) => {
        const bytes = Buffer.from(texts.map((text, index) => text + endings[index % endings.length]).join(''));
        const events = split(cut(bytes, places));
        expect(Buffer.concat(events.map(({ raw }) => raw))).toEqual(bytes);
        const read: [string, string][] = [];
        createSseBytesReader(({ event, data }) => read.push([event, data.toString()]), 1_000_000).push(bytes);
        const got = events.flatMap(({ event, data }) => (data === null ? [] : [[event, data.toString()]]));
        expect(got).toEqual(read);
      }),
      { numRuns: 1_000 },
    );
  });

  it('passes a large event in parts, and reads the next one', () => {
    const chunks = ['data: 0123', '456789', '0\n\ndata: x\n\n'].map((text) => Buffer.from(text));
    expect(split(chunks, 9).map(({ raw, event, data }) => [raw.toString(), event, data?.toString()])).toEqual([
      ['data: 0123', null, undefined],
      ['4567890\n\n', null, undefined],
      ['data: x\n\n', 'message', 'x'],
    ]);
  });

  it('is read in time linear in its bytes', () => {
    for (const byte of ['\r', '\n', '\r\n', ':', 'data: x\r', '\r\r\n']) {
      const at = performance.now();
      split([Buffer.from(byte.repeat(1_000_000))], 16 * 1024 * 1024);
      expect(performance.now() - at).toBeLessThan(5_000);
    }
  });

  it('keeps the other lines of an event whose data are changed or left out', () => {
    const [event] = split([Buffer.from(': c\r\nid: 1\r\nevent: message\r\nretry: 5\r\ndata: a\r\ndata: b\r\n\r\n')]);
    if (event === undefined) throw new Error('no event');
    expect(event.data?.toString()).toBe('a\nb');
    expect(withData(event, Buffer.from('{\n"é": 1\r\n}')).toString()).toBe(
      ': c\nid: 1\nevent: message\nretry: 5\ndata: {\ndata: "é": 1\ndata: }\n\n',
    );
    expect(withoutData(event).toString()).toBe('id: 1\nretry: 5\n\n');
    expect(withoutData({ ...event, raw: Buffer.from('data: x\n\n') }).toString()).toBe('');
  });
});
