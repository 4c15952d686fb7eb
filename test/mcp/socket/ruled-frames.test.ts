import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../../src/mcp/socket/frames.js';
import {
  decodeRuledFrame,
  encodeRuledFrame,
  encodeRuledLine,
  RuledLineReader,
} from '../../../src/mcp/socket/ruled-frames.js';
import type { RuledLine } from '../../../src/wire/index.js';

const HEAD = { made: false, dropped: false, heldMs: 0, hits: [], redactions: [], sender: 'client' as const, at: 1 };

/** Lines that come out of the stream, whose chunks have this size. */
function readLines(stream: Buffer, step: number): RuledLine[] {
  const lines: RuledLine[] = [];
  const reader = new RuledLineReader((line) => lines.push(line));
  const take = createFrameReader(decodeRuledFrame, (frame) => {
    if (frame.type === 'ruled') reader.begin(frame.head);
    if (frame.type === 'part') reader.add(frame.bytes);
  });
  for (let at = 0; at < stream.length; at += step) take(stream.subarray(at, at + step));
  return lines;
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
const line = fc
  .record({
    bytes,
    original: fc.option(bytes),
    dropped: fc.boolean(),
    made: fc.boolean(),
    rule: fc.string(),
    sender: fc.constantFrom('client' as const, 'server' as const),
  })
  .map(
    ({ bytes, sender, rule, ...rest }): RuledLine => ({
      sender,
      bytes,
      size: bytes.length,
      truncated: false,
      at: 1.5,
      ruled: {
        ...rest,
        heldMs: 2,
        hits: [{ rule, action: 'tag', detail: rule }],
        redactions: [rule],
      },
    }),
  );

describe('frames of ruled lines', () => {
  it('are read as they were written, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 64 }), (written, step) => {
        expect(readLines(Buffer.concat(written.flatMap(encodeRuledLine)), step)).toEqual(written);
      }),
    );
  });

  it('carry lines that are larger than a frame', () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    const ruled = { ...HEAD, original: Buffer.concat([large, large]) };
    const written: RuledLine = { sender: 'server', bytes: large, size: large.length, truncated: false, at: 1, ruled };
    const [read] = readLines(Buffer.concat(encodeRuledLine(written)), 64 * 1024);
    expect(read?.bytes.length).toBe(large.length);
    expect(read?.ruled.original?.length).toBe(2 * large.length);
  });

  it.each([
    ['of an unknown type', encodeJson('{"type":"other"}')],
    ['that is not JSON', encodeJson('{')],
    ['with bytes of no line', Buffer.concat(encodeRuledFrame({ type: 'part', bytes: Buffer.from('x') }))],
    [
      'with a line that is too long',
      Buffer.concat(encodeRuledFrame({ type: 'ruled', head: { ...HEAD, size: 2 ** 30, originalSize: null } })),
    ],
  ])('one %s is refused', (_title, stream) => {
    expect(() => readLines(stream, stream.length)).toThrow();
  });
});

function encodeJson(text: string): Buffer {
  const head = Buffer.from([16, 0, 0, 0, 0]);
  head.writeUInt32LE(text.length, 1);
  return Buffer.concat([head, Buffer.from(text)]);
}
