import * as zlib from 'node:zlib';
import { codeOf, describeError } from '../../base/error-text.js';
import type { HeaderList } from '../../model/exchange.js';
import { type Decoded, tooLarge } from './decoded.js';
import { unzstd } from './zstd.js';

/** Decoded bytes of one body; a bomb is larger. */
export const DEFAULT_DECODED_LIMIT = 128 * 1024 * 1024;
/** Nobody needs more than one; curl, too, stops at five. A bomb of hundreds keeps a decoder busy for minutes. */
export const MOST_CODINGS = 5;

/**
 * Undoes content codings (RFC 9110 §8.4), given in the order they were applied, as `Content-Encoding` lists them: gzip,
 * x-gzip, deflate (zlib, and raw as some servers send it), br, zstd, identity. `limit` bounds every stage, in bytes.
 */
export function decodeContent(
  bytes: Uint8Array,
  encodings: readonly string[],
  limit: number = DEFAULT_DECODED_LIMIT,
): Decoded {
  if (encodings.length > MOST_CODINGS) return { ok: false, reason: `more than ${MOST_CODINGS} content codings` };
  let decoded: Decoded = { ok: true, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), complete: true };
  for (const encoding of encodings.toReversed()) {
    // A message without a body (HEAD, 304) keeps the header that a body would have had.
    if (!decoded.ok || decoded.bytes.length === 0) return decoded;
    const { complete } = decoded;
    decoded = decodeOne(decoded.bytes, encoding.trim().toLowerCase(), limit);
    if (decoded.ok && !complete) decoded.complete = false;
  }
  return decoded;
}

/**
 * Content codings, then transfer codings other than `chunked`, each in the order of application, over all header lines.
 * RFC 9110 §8.4, RFC 9112 §7.
 */
export function encodingsOf(headers: HeaderList): string[] {
  return [...codingsIn(headers, 'content-encoding'), ...codingsIn(headers, 'transfer-encoding')];
}

function codingsIn(headers: HeaderList, header: string): string[] {
  return headers
    .filter(([name]) => name.toLowerCase() === header)
    .flatMap(([, value]) => value.split(','))
    .map((coding) => coding.trim())
    .filter((coding) => coding.toLowerCase() !== 'chunked');
}

function decodeOne(bytes: Buffer, encoding: string, limit: number): Decoded {
  switch (encoding) {
    case '':
    case 'identity':
      return { ok: true, bytes, complete: true };
    case 'gzip':
    case 'x-gzip':
      return inflate(zlib.gunzipSync, bytes, encoding, limit);
    case 'deflate':
      return inflate(hasZlibHeader(bytes) ? zlib.inflateSync : zlib.inflateRawSync, bytes, encoding, limit);
    case 'br':
      return unbrotli(bytes, limit);
    case 'zstd':
      return unzstd(bytes, limit);
    default:
      return { ok: false, reason: `content coding "${encoding}" is not known` };
  }
}

function inflate(decode: typeof zlib.inflateSync, bytes: Buffer, encoding: string, limit: number): Decoded {
  return wholeOrCut(encoding, limit, (cut) =>
    decode(bytes, {
      maxOutputLength: limit,
      finishFlush: cut ? zlib.constants.Z_SYNC_FLUSH : zlib.constants.Z_FINISH,
    }),
  );
}

function unbrotli(bytes: Buffer, limit: number): Decoded {
  const { BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH } = zlib.constants;
  return wholeOrCut('br', limit, (cut) =>
    zlib.brotliDecompressSync(bytes, {
      maxOutputLength: limit,
      finishFlush: cut ? BROTLI_OPERATION_FLUSH : BROTLI_OPERATION_FINISH,
    }),
  );
}

/** zlib throws at an early end of input, unless it is told that this is only a flush. */
function wholeOrCut(encoding: string, limit: number, decode: (cut: boolean) => Buffer): Decoded {
  try {
    return { ok: true, bytes: decode(false), complete: true };
  } catch (error) {
    if (codeOf(error) !== 'Z_BUF_ERROR') return { ok: false, reason: reasonOf(error, encoding, limit) };
  }
  try {
    return { ok: true, bytes: decode(true), complete: false };
  } catch (error) {
    return { ok: false, reason: reasonOf(error, encoding, limit) };
  }
}

function reasonOf(error: unknown, encoding: string, limit: number): string {
  if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return tooLarge(encoding, limit);
  return `the ${encoding} content is corrupt (${describeError(error)})`;
}

/** RFC 1950 §2.2: method 8, and the first two bytes are a multiple of 31. */
export function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
