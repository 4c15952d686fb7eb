import { decodeContent } from '../../wire/index.js';

const FIRST_DELTA = 'content_block_delta';

/** Maximum bytes before it: they may be decoded a dozen times. */
const MAX_POSITION = 1024 * 1024;

/**
 * When the chunk was received that completed the first content delta of a stream; null without one. Compressed streams are
 * decoded only after their end (Node's zlib decodes synchronously only what is whole), so the chunk is found by decoding longer
 * and longer beginnings: the first delta is near the front, so little is decoded twice.
 * @param content what all `chunks` decode to
 */
export function firstContentAt(
  chunks: readonly { bytes: Uint8Array; at: number }[],
  encodings: readonly string[],
  content: Buffer | null,
  decodedLimit: number,
): number | null {
  const position = content?.indexOf(FIRST_DELTA) ?? -1;
  if (position === -1 || position > MAX_POSITION) return null;
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
