import { Decompress, ZstdErrorCode } from 'fzstd';
import { type Decoded, tooLarge } from './codings.js';
import { createZstdGuard } from './zstd-guard.js';

/** Small pieces, so that the decoder makes little beyond the limit before it is stopped. */
const PIECE = 64 * 1024;

class LimitReached extends Error {}

/** Node 20 has no zstd. fzstd is pure JavaScript and decodes as a stream, which bounds a bomb. */
export function unzstd(bytes: Buffer, limit: number): Decoded {
  const refusalOf = createZstdGuard();
  const pieces: Uint8Array[] = [];
  let size = 0;
  const decoder = new Decompress((piece) => {
    size += piece.length;
    if (size > limit) throw new LimitReached();
    pieces.push(piece);
  });
  try {
    for (let pos = 0; pos < bytes.length; pos += PIECE) {
      const piece = bytes.subarray(pos, pos + PIECE);
      const refusal = refusalOf(piece);
      if (refusal !== null) return { ok: false, reason: `the zstd content ${refusal}` };
      decoder.push(piece, pos + PIECE >= bytes.length);
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
