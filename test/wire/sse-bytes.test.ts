import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSse } from '../../src/wire/sse.js';
import { createSseBytesReader, type SseBytes } from '../../src/wire/sse-bytes.js';

function read(pieces: readonly Uint8Array[], { maxBytes = 1_000_000, missing = 0 } = {}): SseBytes[] {
  const events: SseBytes[] = [];
  const reader = createSseBytesReader((event) => events.push(event), maxBytes);
  for (const piece of pieces) reader.push(piece);
  reader.end(missing);
  return events;
}

const brief = (events: readonly SseBytes[]) => events.map(({ event, data }) => ({ event, data: data.toString() }));

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('createSseBytesReader', () => {
  it('reads any stream as the parser does, wherever it is cut', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
      fc.constantFrom(
        'event: delta',
        'event:',
        'data',
        'data:',
        ': comment',
        '',
        '',
        'data: žluťoučký 🐎',
        'id: 7',
        'datax: 1',
      ),
    );
    const stream = fc
      .tuple(
        fc.constantFrom('', '\ufeff'),
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 12 }),
      )
      .map(([mark, lines]) => Buffer.from(mark + lines.flat().join('')));
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 200 }), { maxLength: 5 }), (bytes, places) => {
        const events = parseSse(bytes);
        expect(brief(read([bytes]))).toEqual(events);
        expect(brief(read(cut(bytes, places)))).toEqual(events);
        expect(brief(read(Array.from(bytes, (byte) => Buffer.from([byte]))))).toEqual(events);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the exact bytes, which may not be UTF-8', () => {
    const data = Buffer.from([0x7b, 0xff, 0xc3, 0x28, 0x7d]);
    expect(read([Buffer.concat([Buffer.from('data: '), data, Buffer.from('\n\n')])])).toEqual([
      { event: 'message', data, size: 5, truncated: false },
    ]);
  });

  it('keeps the beginning of data that are too large, and counts them all', () => {
    const stream = Buffer.from(`data: ${'x'.repeat(50)}\ndata: ${'y'.repeat(70)}\n\ndata: z\n\n`);
    for (const pieces of [[stream], cut(stream, [10, 40, 60, 90])]) {
      const [first, second] = read(pieces, { maxBytes: 60 });
      expect(first?.data.toString()).toBe(`${'x'.repeat(50)}\n${'y'.repeat(9)}`);
      expect(first).toMatchObject({ size: 121, truncated: true });
      expect(second).toMatchObject({ size: 1, truncated: false });
    }
    const long = Buffer.from(`data: ${'x'.repeat(5_000)}\n\n`);
    expect(read(cut(long, [1, 7, 900, 2_000]), { maxBytes: 100 })).toMatchObject([{ size: 5_000, truncated: true }]);
  });

  it('drops an event that the end cuts, unless its rest is known to be missing', () => {
    const stream = [Buffer.from('data: a\n\nevent: x\ndata: {"id"')];
    expect(brief(read(stream))).toEqual([{ event: 'message', data: 'a' }]);
    expect(read(stream, { missing: 100 })).toMatchObject([{}, { event: 'x', size: 105, truncated: true }]);
    expect(read([Buffer.from('data: a\n\n')], { missing: 100 })).toHaveLength(1);
  });

  it('takes linear time for any stream', () => {
    const hostile = ['\r', '\n', 'data\n', 'data: x\r\n', ': \r', 'a', 'data: x\n\n'];
    for (const text of hostile) {
      const bytes = Buffer.from(text.repeat(300_000));
      expect(read(cut(bytes, [1, 1_000, 300_000])).length).toBeLessThanOrEqual(300_000);
    }
    const oneByOne = Array.from({ length: 300_000 }, () => Buffer.from('x'));
    expect(read(oneByOne)).toEqual([]);
  });
});
