import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createFrameReader,
  decodeFrame,
  encodeFrame,
  type Frame,
  PROTOCOL_VERSION,
} from '../../../src/mcp/socket/frames.js';

const HELLO = {
  type: 'hello',
  hello: {
    version: PROTOCOL_VERSION,
    connection: '01jzzzzzzzzzzzzzzzzzzzzzzz',
    name: 'tickets',
    scope: null,
    target: 'node',
    sessionId: null,
    at: 1.5,
  },
} as const satisfies Frame;
const sender = fc.constantFrom('client' as const, 'server' as const);
const frames = fc.array(
  fc.oneof(
    fc.constant(HELLO),
    fc.record({
      type: fc.constant('bytes' as const),
      sender,
      at: fc.double({ noNaN: true }),
      bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    }),
    fc.record({ type: fc.constant('left_out' as const), sender, size: fc.nat(2 ** 31) }),
    fc.record({ type: fc.constant('gap' as const), sender }),
    fc.record({ type: fc.constant('read' as const), lines: fc.nat() }),
    fc.record({
      type: fc.constant('closing' as const),
      closing: fc.record({ exit: fc.string(), lost: fc.nat(), at: fc.nat() }),
    }),
  ),
);

describe('frames', () => {
  it('are read as they were written, wherever the stream is cut', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 64 }), (written, step) => {
        const stream = Buffer.concat(written.flatMap(encodeFrame));
        const read: Frame[] = [];
        const take = createFrameReader(decodeFrame, (frame) => read.push(frame));
        for (let at = 0; at < stream.length; at += step) take(stream.subarray(at, at + step));
        expect(read).toEqual(written);
      }),
    );
  });

  it.each([
    ['an unknown type', Buffer.from([99, 0, 0, 0, 0])],
    ['a payload without an end', Buffer.from([1, 0xff, 0xff, 0xff, 0xff])],
    ['a hello of another version', hello({ version: PROTOCOL_VERSION + 1 })],
    ['a hello without a connection', hello({ connection: '../x' })],
    ['a hello that is not JSON', Buffer.from([0, 1, 0, 0, 0, 0x7b])],
  ])('%s is refused', (_title, bytes) => {
    expect(() => createFrameReader(decodeFrame, () => {})(bytes)).toThrow();
  });
});

function hello(changed: object): Buffer {
  return Buffer.concat(encodeFrame({ type: 'hello', hello: { ...HELLO.hello, ...changed } }));
}
