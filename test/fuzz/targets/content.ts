import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { createStreamDecoder, decodeContent } from '../../../src/wire/index.js';
import { storedZstd, ZSTD_SAMPLE } from '../../wire/content/support/zstd-frames.js';
import { cut, cuts, damaged } from '../damage.js';
import { fuzzTarget } from '../target.js';

const LIMIT = 256 * 1024;
const TEXT = Buffer.from(`event: ping\ndata: {"type": "ping"}\n\n${'data: zoft brindle quorn\n\n'.repeat(30)}`);

type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';
const ENCODED: Readonly<Record<Coding, readonly Buffer[]>> = {
  gzip: [zlib.gzipSync(TEXT), Buffer.concat([zlib.gzipSync('one'), zlib.gzipSync('two')])],
  deflate: [zlib.deflateSync(TEXT), zlib.deflateRawSync(TEXT)],
  br: [zlib.brotliCompressSync(TEXT)],
  zstd: [storedZstd(TEXT), ZSTD_SAMPLE.encoded, Buffer.concat([storedZstd(Buffer.from('one')), ZSTD_SAMPLE.encoded])],
};
const HEADS = ['1f8b0800', '789c', '28b52ffd', '28b52ffd00a8', '502a4d1804000000', 'ffffffff', '00'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

const content = fc
  .constantFrom<Coding>('gzip', 'deflate', 'br', 'zstd')
  .chain((coding) =>
    fc.record({ coding: fc.constant(coding), bytes: damaged(fc.constantFrom(...ENCODED[coding]), HEADS), cuts }),
  );
type Content = { coding: Coding; bytes: Buffer };

/** fzstd compares no checksums: its output for damaged content depends on other memory. */
function isExact({ coding, bytes }: Content): boolean {
  return coding !== 'zstd' || ENCODED.zstd.some((whole) => whole.equals(bytes));
}

/** While content comes, a decoder waits for these bytes before it begins. */
const LEAST = 18;

/** The output of a decoder while the bytes come. The last output comes some turns after the last input. */
async function streamed(
  coding: Coding,
  pieces: readonly Buffer[],
  expected: number,
): Promise<{ bytes: Buffer; failures: number }> {
  const parts: Buffer[] = [];
  let size = 0;
  let failures = 0;
  const decoder = createStreamDecoder([coding], {
    onBytes(bytes) {
      parts.push(Buffer.from(bytes));
      size += bytes.length;
    },
    onFailed() {
      failures += 1;
    },
  });
  for (const piece of pieces) decoder.push(piece);
  for (let turn = 0; turn < 100 && size < expected && failures === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, turn < 20 ? 0 : 10));
  }
  decoder.close();
  return { bytes: Buffer.concat(parts), failures };
}

export const decoders = fuzzTarget('content', 60, content, async (input) => {
  const { coding, bytes, cuts: places } = input;
  const whole = decodeContent(bytes, [coding], LIMIT);
  if (!whole.ok) {
    assert.match(whole.reason, /corrupt|more than|window|frames|blocks/);
    return;
  }
  assert.ok(whole.bytes.length <= LIMIT);
  const { bytes: came, failures } = await streamed(coding, cut(bytes, places), whole.bytes.length);
  assert.ok(failures <= 1);
  if (!isExact(input) || bytes.length < LEAST) return;
  if (failures === 0) assert.deepEqual(came.subarray(0, whole.bytes.length), whole.bytes);
  else assert.ok(!whole.complete || came.length <= whole.bytes.length);
});
