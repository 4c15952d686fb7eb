import { asBuffer } from '../../base/as-buffer.js';
import { codeOf, describeError } from '../../base/error-text.js';
import { codingOf, DEFAULT_DECODED_LIMIT, type Decoded, MAX_CODINGS, tooLarge, type ZlibCoding } from './codings.js';
import { unzstd } from './zstd.js';

/**
 * Undoes content codings, given in the order they were applied, as `Content-Encoding` lists them: gzip, x-gzip, deflate
 * (zlib, and raw), br, zstd, identity. `limit` bounds every stage, in bytes.
 */
export function decodeContent(
  bytes: Uint8Array,
  encodings: readonly string[],
  limit: number = DEFAULT_DECODED_LIMIT,
): Decoded {
  if (encodings.length > MAX_CODINGS) return { ok: false, reason: `more than ${MAX_CODINGS} content codings` };
  let decoded: Decoded = { ok: true, bytes: asBuffer(bytes), complete: true };
  for (const encoding of encodings.toReversed()) {
    // A message without a body (HEAD, 304) keeps the header that a body would have had.
    if (!decoded.ok || decoded.bytes.length === 0) return decoded;
    const { complete } = decoded;
    decoded = decodeOne(decoded.bytes, encoding.trim().toLowerCase(), limit);
    if (decoded.ok && !complete) decoded.complete = false;
  }
  return decoded;
}

function decodeOne(bytes: Buffer, encoding: string, limit: number): Decoded {
  const coding = codingOf(encoding, bytes);
  if (coding === null) return { ok: false, reason: `content coding "${encoding}" is not known` };
  if (coding === 'identity') return { ok: true, bytes, complete: true };
  return coding === 'zstd' ? unzstd(bytes, limit) : unzlib(coding, bytes, encoding, limit);
}

/** zlib throws at an early end of input, unless the end is declared as a flush. */
function unzlib({ decode, flush }: ZlibCoding, bytes: Buffer, encoding: string, maxOutputLength: number): Decoded {
  try {
    return { ok: true, bytes: decode(bytes, { maxOutputLength }), complete: true };
  } catch (error) {
    if (codeOf(error) !== 'Z_BUF_ERROR') return { ok: false, reason: reasonOf(error, encoding, maxOutputLength) };
  }
  try {
    return { ok: true, bytes: decode(bytes, { maxOutputLength, finishFlush: flush }), complete: false };
  } catch (error) {
    return { ok: false, reason: reasonOf(error, encoding, maxOutputLength) };
  }
}

function reasonOf(error: unknown, encoding: string, limit: number): string {
  if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return tooLarge(encoding, limit);
  return `the ${encoding} content is corrupt (${describeError(error)})`;
}
