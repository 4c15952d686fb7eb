import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContent } from '../../../src/wire/content/content-decoding.js';
import { rleZstd, segmentZstd, skippableZstd, storedZstd, windowedZstd, ZSTD_SAMPLE } from './support/zstd-frames.js';

const ENCODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: zlib.gzipSync,
  'X-Gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: storedZstd,
  identity: (bytes) => bytes,
};
const LIMIT = 1024 * 1024;
const content = fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((bytes) => Buffer.from(bytes));

describe('decodeContent', () => {
  it('undoes any sequence of codings', () => {
    fc.assert(
      fc.property(
        content,
        fc.array(fc.constantFrom(...Object.keys(ENCODERS)), { maxLength: 3 }),
        (bytes, encodings) => {
          const encoded = encodings.reduce<Buffer>((text, encoding) => ENCODERS[encoding]?.(text) ?? text, bytes);
          expect(decodeContent(encoded, encodings, LIMIT)).toEqual({ ok: true, bytes, complete: true });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('decodes raw deflate, which some servers send', () => {
    const bytes = Buffer.from('raw '.repeat(50));
    expect(decodeContent(zlib.deflateRawSync(bytes), ['deflate'], LIMIT)).toEqual({ ok: true, bytes, complete: true });
  });

  it('decodes what the zstd tool made', () => {
    const decoded = decodeContent(ZSTD_SAMPLE.encoded, ['zstd'], LIMIT);
    expect(decoded).toEqual({ ok: true, bytes: Buffer.from(ZSTD_SAMPLE.content), complete: true });
  });

  it('decodes several zstd frames in a row', () => {
    const two = Buffer.concat([storedZstd(Buffer.from('one, ')), storedZstd(Buffer.from('two'))]);
    expect(decodeContent(two, ['zstd'], LIMIT)).toMatchObject({ ok: true, bytes: Buffer.from('one, two') });
  });

  it('gives the beginning of a stream that is cut, and says that it is not complete', () => {
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => `line ${index * 7919}\n`).join(''));
    for (const [encoding, encode] of Object.entries(ENCODERS)) {
      if (encoding === 'identity') continue;
      const encoded = encode(bytes);
      for (const length of [encoded.length - 1, encoded.length >> 1, 1]) {
        const decoded = decodeContent(encoded.subarray(0, length), [encoding], LIMIT);
        if (!decoded.ok) throw new Error(`${encoding} at ${length}: ${decoded.reason}`);
        expect(decoded.complete, `${encoding} at ${length}`).toBe(false);
        expect(bytes.subarray(0, decoded.bytes.length).equals(decoded.bytes)).toBe(true);
        if (length === encoded.length >> 1 && encoding !== 'zstd') expect(decoded.bytes.length).toBeGreaterThan(0);
      }
    }
  });

  it.each([
    ['gzip', zlib.gzipSync(Buffer.alloc(LIMIT * 20))],
    ['deflate', zlib.deflateSync(Buffer.alloc(LIMIT * 20))],
    ['deflate', zlib.deflateRawSync(Buffer.alloc(LIMIT * 20))],
    ['br', zlib.brotliCompressSync(Buffer.alloc(LIMIT * 20))],
    ['zstd', rleZstd(100_000)],
  ])('stops a %s bomb at the limit', (encoding, bomb) => {
    expect(bomb.length).toBeLessThan(LIMIT);
    expect(decodeContent(bomb, [encoding], LIMIT)).toEqual({
      ok: false,
      reason: `the ${encoding} content decodes to more than ${LIMIT} bytes`,
    });
  });

  it.each<[string, Buffer, string]>([
    ['a window of gigabytes', windowedZstd(30, ['x']), 'asks for too large a window'],
    [
      'one behind a good frame',
      Buffer.concat([storedZstd(Buffer.from('x')), windowedZstd(30, ['x'])]),
      'asks for too large a window',
    ],
    [
      'one behind a skippable frame',
      Buffer.concat([skippableZstd('no frame'), windowedZstd(30, ['x'])]),
      'asks for too large a window',
    ],
    ['a single segment of gigabytes', segmentZstd(2_000_000_000, 'x'), 'asks for too large a window'],
    ['hundreds of large windows', Buffer.concat(Array(65).fill(windowedZstd(23, ['x']))), 'has too many frames'],
    ['thousands of blocks in a large window', windowedZstd(23, Array(9_000).fill('')), 'has too many blocks'],
  ])('refuses zstd content with %s', (_, bytes, reason) => {
    expect(decodeContent(bytes, ['zstd'], LIMIT)).toEqual({ ok: false, reason: `the zstd content ${reason}` });
  });

  it('decodes zstd frames of every form', () => {
    const frames = [
      windowedZstd(23, ['one, ', 'two, ']),
      skippableZstd('not this'),
      segmentZstd(300, 'three, '),
      storedZstd(Buffer.from('four')),
    ];
    expect(decodeContent(Buffer.concat(frames), ['zstd'], LIMIT)).toMatchObject({
      ok: true,
      bytes: Buffer.from('one, two, three, four'),
    });
  });

  it('a compression bomb inside another is stopped', () => {
    const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(LIMIT * 20)));
    expect(decodeContent(bomb, ['gzip', 'gzip'], LIMIT)).toMatchObject({ ok: false });
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])('a corrupt body in %s is reported as corrupt', (encoding) => {
    const garbage = Buffer.from('this was never compressed by anything');
    expect(decodeContent(garbage, [encoding], LIMIT)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/corrupt/),
    });
  });

  it('a content coding that is not known is named', () => {
    expect(decodeContent(Buffer.from('x'), ['compress'], LIMIT)).toEqual({
      ok: false,
      reason: 'content coding "compress" is not known',
    });
  });

  it('refuses too many codings', () => {
    const sixfold = Array.from({ length: 6 }).reduce<Buffer>((bytes) => zlib.gzipSync(bytes), Buffer.from('x'));
    expect(decodeContent(sixfold, Array(6).fill('gzip'), LIMIT)).toEqual({
      ok: false,
      reason: 'more than 5 content codings',
    });
  });

  it('never throws, for any bytes', () => {
    const encodings = fc.array(fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'nonsense'), { maxLength: 2 });
    const damaged = fc.tuple(content, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const encoded = Buffer.from(storedZstd(bytes));
      encoded[at % encoded.length] = byte;
      return encoded;
    });
    fc.assert(
      fc.property(fc.oneof(content, damaged), encodings, (bytes, codings) => {
        expect(decodeContent(bytes, codings, LIMIT)).toHaveProperty('ok');
      }),
      { numRuns: 300 },
    );
  });

  it('has nothing to decode in a response to HEAD', () => {
    const nothing = Buffer.alloc(0);
    expect(decodeContent(nothing, ['gzip'], LIMIT)).toEqual({ ok: true, bytes: nothing, complete: true });
  });
});
