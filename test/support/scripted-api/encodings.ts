import {
  brotliCompressSync,
  brotliDecompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib';
import { decompress } from 'fzstd';
import type { Reply } from '../../../src/scripted/reply.js';

export type Encoding = 'gzip' | 'br' | 'deflate' | 'zstd';

/** The same reply, compressed; a stream is flushed after every piece, as servers do for events. */
export function encoded(reply: Reply, encoding: Encoding): Reply {
  const headers = { ...reply.headers, 'content-encoding': encoding };
  const { body } = reply;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    return { ...reply, headers, body: compress(Buffer.from(body), encoding) };
  }
  return { ...reply, headers, body: encoding === 'zstd' ? zstdFrames(body) : compressEach(body, encoding) };
}

/** What a client reads of it. */
export function decoded(bytes: Buffer, encoding: Encoding): Buffer {
  if (encoding === 'gzip') return gunzipSync(bytes);
  if (encoding === 'br') return brotliDecompressSync(bytes);
  if (encoding === 'deflate') return inflateSync(bytes);
  return Buffer.from(decompress(bytes));
}

function compress(bytes: Buffer, encoding: Encoding): Buffer {
  if (encoding === 'gzip') return gzipSync(bytes);
  if (encoding === 'br') return brotliCompressSync(bytes);
  if (encoding === 'deflate') return deflateSync(bytes);
  return zstdFrame(bytes);
}

async function* compressEach(
  pieces: AsyncIterable<string | Uint8Array>,
  encoding: Exclude<Encoding, 'zstd'>,
): AsyncGenerator<Buffer> {
  const compressor = encoding === 'gzip' ? createGzip() : encoding === 'br' ? createBrotliCompress() : createDeflate();
  const output: Buffer[] = [];
  compressor.on('data', (chunk: Buffer) => output.push(chunk));
  for await (const piece of pieces) {
    compressor.write(piece);
    await new Promise<void>((resolve) => compressor.flush(resolve));
    yield Buffer.concat(output.splice(0));
  }
  const ended = new Promise((resolve) => compressor.once('end', resolve));
  compressor.end();
  await ended;
  yield Buffer.concat(output);
}

/** One frame a piece: a decoder must read frames that follow one another as one stream (RFC 8878, 3.1). */
async function* zstdFrames(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield zstdFrame(Buffer.from(piece));
}

const ZSTD_BLOCK_LIMIT = 128 * 1024;

/**
 * A zstd frame of raw blocks (RFC 8878): valid for every decoder, and written without a compressor, which Node 20's
 * zlib does not have.
 */
function zstdFrame(bytes: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  // Frame header descriptor: single segment, content size in 4 bytes.
  header.writeUInt8(0b1010_0000, 4);
  header.writeUInt32LE(bytes.length, 5);
  const parts: Buffer[] = [header];
  let start = 0;
  do {
    const block = bytes.subarray(start, start + ZSTD_BLOCK_LIMIT);
    start += ZSTD_BLOCK_LIMIT;
    const last = start >= bytes.length ? 1 : 0;
    const blockHeader = Buffer.alloc(3);
    // Last-block bit, then block type 0 (raw) in two bits, then the size.
    blockHeader.writeUIntLE((block.length << 3) | last, 0, 3);
    parts.push(blockHeader, block);
  } while (start < bytes.length);
  return Buffer.concat(parts);
}
