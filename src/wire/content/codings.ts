import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { headersOf } from '../../base/headers.js';
import type { HeaderList } from '../../model/exchange.js';

/** Decoded bytes of one body; a bomb is larger. */
export const DEFAULT_DECODED_LIMIT = 128 * 1024 * 1024;
/** One is usual; curl, too, stops at five. A bomb of hundreds keeps a decoder busy for minutes. */
export const MAX_CODINGS = 5;

/**
 * Decoded content, or why it cannot be decoded. Where the input ends too early, `complete` is false and `bytes` is the content up to
 * there. A corrupt or oversized input is not partly decoded: nobody would see what is behind the damage.
 */
export type Decoded = { ok: true; bytes: Buffer; complete: boolean } | { ok: false; reason: string };

export function tooLarge(encoding: string, limit: number): string {
  return `the ${encoding} content decodes to more than ${limit} bytes`;
}

/** A content coding (RFC 9110 §8.4) as zlib undoes it. */
export interface ZlibCoding {
  decode(bytes: Buffer, options: { maxOutputLength: number; finishFlush?: number }): Buffer;
  createStream(options: { chunkSize: number }): Transform;
  /** `finishFlush` with which `decode` takes an early end of the input for the end. */
  flush: number;
}

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
const GZIP: ZlibCoding = { decode: zlib.gunzipSync, createStream: zlib.createGunzip, flush: Z_SYNC_FLUSH };
const DEFLATE: ZlibCoding = { decode: zlib.inflateSync, createStream: zlib.createInflate, flush: Z_SYNC_FLUSH };
const RAW_DEFLATE: ZlibCoding = {
  decode: zlib.inflateRawSync,
  createStream: zlib.createInflateRaw,
  flush: Z_SYNC_FLUSH,
};
const BROTLI: ZlibCoding = {
  decode: zlib.brotliDecompressSync,
  createStream: zlib.createBrotliDecompress,
  flush: BROTLI_OPERATION_FLUSH,
};

/**
 * The content coding of that name; null when it is not known.
 * @param head first bytes of the content: some servers send raw deflate where zlib's format is meant
 */
export function codingOf(name: string, head: Buffer): ZlibCoding | 'zstd' | 'identity' | null {
  switch (name) {
    case '':
    case 'identity':
      return 'identity';
    case 'gzip':
    case 'x-gzip':
      return GZIP;
    case 'deflate':
      return hasZlibHeader(head) ? DEFLATE : RAW_DEFLATE;
    case 'br':
      return BROTLI;
    case 'zstd':
      return 'zstd';
    default:
      return null;
  }
}

/** RFC 1950 §2.2: method 8, and the first two bytes are a multiple of 31. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

/**
 * Names of content codings, then of transfer codings other than `chunked`, each in the order of application, over all header
 * lines. RFC 9110 §8.4, RFC 9112 §7.
 */
export function encodingsOf(headers: HeaderList): string[] {
  return ['content-encoding', 'transfer-encoding'].flatMap((header) =>
    headersOf(headers, header)
      .flatMap((value) => value.split(','))
      .map((coding) => coding.trim().toLowerCase())
      .filter((coding) => coding !== 'chunked'),
  );
}
