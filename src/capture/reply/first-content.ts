import { decodeContent } from '../../wire/index.js';

const FIRST_DELTA = 'content_block_delta';

/** Bytes before it, at most: a hostile stream would have them decoded a dozen times. */
const FURTHEST = 1024 * 1024;

/**
 * When the chunk came that completed the first content delta of a stream; null when there was none. Compressed streams
 * are decoded only when they have ended (Node's zlib decodes synchronously only what is whole), so the chunk is found by
 * decoding ever longer beginnings: the first delta is near the front, so little is decoded twice.
 *
 * `content` is what all `chunks` decode to.
 */
export function firstContentAt(
  chunks: readonly { bytes: Uint8Array; at: number }[],
  encodings: readonly string[],
  content: Buffer | null,
  decodedLimit: number,
): number | null {
  const position = content?.indexOf(FIRST_DELTA) ?? -1;
  if (position === -1 || position > FURTHEST) return null;
  const needed = position + FIRST_DELTA.length;
  const enough = (count: number): boolean => {
    const beginning = Buffer.concat(chunks.slice(0, count).map((chunk) => chunk.bytes));
    const decoded = decodeContent(beginning, encodings, decodedLimit);
    return decoded.ok && decoded.bytes.length >= needed;
  };

  let high = 1;
  while (high < chunks.length && !enough(high)) high *= 2;
  let low = Math.floor(high / 2) + 1;
  high = Math.min(high, chunks.length);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return chunks[high - 1]?.at ?? null;
}
