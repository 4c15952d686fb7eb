import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createStreamDecoder } from '../../../src/wire/content/stream-decoder.js';
import { untilTrue } from '../../support/product.js';
import { encoded } from '../../support/scripted-api/encodings.js';
import { storedZstd, windowedZstd, ZSTD_SAMPLE } from './support/zstd-frames.js';

/** A decoder, and its output. */
function decoding(encodings: readonly string[]) {
  const pieces: Uint8Array[] = [];
  let failed = 0;
  const decoder = createStreamDecoder(encodings, {
    onBytes: (bytes) => void pieces.push(Buffer.from(bytes)),
    onFailed: () => {
      failed += 1;
    },
  });
  onTestFinished(decoder.close);
  return { decoder, out: () => Buffer.concat(pieces), failures: () => failed };
}

/** Not longer than any event. fzstd waits for 18 bytes of a frame. */
const SHORTEST = 8;

/** The chunks of a server that flushes each piece. */
async function sent(pieces: readonly Buffer[], encoding: 'gzip' | 'br' | 'deflate' | 'zstd'): Promise<Buffer[]> {
  async function* body() {
    yield* pieces;
  }
  const reply = encoded({ status: 200, headers: {}, body: body() }, encoding);
  const chunks: Buffer[] = [];
  if (typeof reply.body === 'string' || reply.body instanceof Uint8Array) throw new Error('unreachable');
  for await (const chunk of reply.body) chunks.push(Buffer.from(chunk));
  return chunks;
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.map((border, index) => bytes.subarray(border, borders[index + 1] ?? bytes.length));
}

describe('createStreamDecoder', () => {
  it.each(['gzip', 'br', 'deflate', 'zstd'] as const)(
    'gives what was sent as %s, wherever it is cut',
    async (encoding) => {
      const piece = fc.uint8Array({ minLength: SHORTEST, maxLength: 400 }).map((bytes) => Buffer.from(bytes));
      await fc.assert(
        fc.asyncProperty(
          fc.array(piece, { minLength: 1, maxLength: 5 }),
          fc.array(fc.nat(), { maxLength: 12 }),
          async (pieces, cuts) => {
            const { decoder, out, failures } = decoding([encoding]);
            const wire = Buffer.concat(await sent(pieces, encoding));
            for (const chunk of cutAt(wire, cuts)) decoder.push(chunk);
            const whole = Buffer.concat(pieces);
            await untilTrue(() => out().length >= whole.length);
            expect(out()).toEqual(whole);
            expect(failures()).toBe(0);
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it.each(['gzip', 'br', 'deflate', 'zstd'] as const)('does not wait for the end of %s', async (encoding) => {
    const [first = Buffer.alloc(0)] = await sent([Buffer.from('the first event'), Buffer.from('more')], encoding);
    const { decoder, out } = decoding([encoding]);
    decoder.push(first);
    await expect.poll(() => out().toString()).toBe('the first event');
  });

  it('undoes several codings, a block that the zstd tool made, and raw deflate', async () => {
    const text = Buffer.from('several codings, one after the other');
    const several = decoding(['gzip', 'identity', 'br']);
    several.decoder.push(zlib.brotliCompressSync(zlib.gzipSync(text)));
    const zstd = decoding(['zstd']);
    for (const byte of ZSTD_SAMPLE.encoded) zstd.decoder.push(Buffer.of(byte));
    const raw = decoding(['deflate']);
    raw.decoder.push(zlib.deflateRawSync(text));
    await untilTrue(() => several.out().equals(text) && raw.out().equals(text));
    expect(zstd.out().toString()).toBe(ZSTD_SAMPLE.content);
  });

  it.each([
    ['gzip', 'no gzip at all'],
    ['zstd', 'no zstd at all'],
    ['deflate', '\x78\x9cno deflate'],
    ['br', '\xff\xff\xff\xff'],
    ['an unknown one', 'anything'],
    ['gzip,gzip,gzip,gzip,gzip,gzip', 'one more than anybody needs'],
  ])('reports once that it cannot go on with %s', async (encodings, bytes) => {
    const { decoder, out, failures } = decoding(encodings.split(','));
    decoder.push(Buffer.from(bytes, 'latin1'));
    decoder.push(Buffer.from(bytes, 'latin1'));
    await untilTrue(() => failures() > 0);
    decoder.push(Buffer.from(bytes, 'latin1'));
    expect(failures()).toBe(1);
    expect(out().length).toBe(0);
  });

  it('does not make the window of gigabytes that a later zstd frame asks for', () => {
    const { decoder, out, failures } = decoding(['zstd']);
    const good = storedZstd(Buffer.from('a good frame'));
    for (const byte of Buffer.concat([good, windowedZstd(30, ['x'])])) decoder.push(Buffer.of(byte));
    expect(failures()).toBe(1);
    expect(out().toString()).toBe('a good frame');
  });

  it('passes nothing on after it is closed', async () => {
    const { decoder, out } = decoding(['gzip']);
    decoder.push(zlib.gzipSync('late'));
    decoder.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(out().length).toBe(0);
  });
});
