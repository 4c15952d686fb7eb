import { Decompress, ZstdErrorCode } from 'fzstd';
import { type Decoded, tooLarge } from './codings.js';

/** RFC 9659: a decoder of this content coding must support this window, and a sender may not exceed it. */
export const MAX_WINDOW = 8 * 1024 * 1024;
/** Small pieces, so that the decoder makes little beyond the limit before it is stopped. */
const PIECE = 64 * 1024;

class LimitReached extends Error {}

/** Node 20 has no zstd. fzstd is pure JavaScript and decodes as a stream, which bounds a bomb. */
export function unzstd(bytes: Buffer, limit: number): Decoded {
  if (windowOf(bytes) > MAX_WINDOW) return { ok: false, reason: 'the zstd content asks for too large a window' };
  const pieces: Uint8Array[] = [];
  let size = 0;
  const decoder = new Decompress((piece) => {
    size += piece.length;
    if (size > limit) throw new LimitReached();
    pieces.push(piece);
  });
  try {
    for (let pos = 0; pos < bytes.length; pos += PIECE) {
      decoder.push(bytes.subarray(pos, pos + PIECE), pos + PIECE >= bytes.length);
    }
    return { ok: true, bytes: Buffer.concat(pieces), complete: true };
  } catch (error) {
    if (error instanceof LimitReached) return { ok: false, reason: tooLarge('zstd', limit) };
    if (isEarlyEnd(error)) return { ok: true, bytes: Buffer.concat(pieces), complete: false };
    return { ok: false, reason: 'the zstd content is corrupt' };
  }
}

function isEarlyEnd(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ZstdErrorCode.UnexpectedEOF;
}

/**
 * Window size of the first frame, in bytes; 0 where the frame is a single segment, or is not understood. RFC 8878 §3.1.1.1.
 */
export function windowOf(bytes: Buffer): number {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== 0xfd2fb528) return 0;
  const singleSegment = bytes.readUInt8(4) & 0x20;
  if (singleSegment) return 0;
  const descriptor = bytes.readUInt8(5);
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
