/** RFC 9659: a decoder of this content coding must support this window, and a sender may not exceed it. */
const MAX_WINDOW = 8 * 1024 * 1024;
/** Maximum of all frames together: fzstd allocates their windows faster than they are collected. */
const MAX_WINDOWS = 512 * 1024 * 1024;
/** Maximum for all blocks together: fzstd moves its whole window for each. Seconds of work; a long answer with a block for each event takes a tenth. */
const MAX_MOVED = 64 * 1024 ** 3;

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = 4;
const SKIPPABLE_HEAD_BYTES = 8;
const BLOCK_HEAD_BYTES = 3;
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;

const NO_BYTES = Buffer.alloc(0);

/** Why zstd content is not decoded: it … */
export type ZstdRefusal = 'asks for too large a window' | 'has too many frames' | 'has too many blocks';

/**
 * Follows the frames and blocks of zstd content (RFC 8878 §3.1) before they are decoded: each frame may ask for 2 GB of memory, and each
 * block takes time. Ignores bytes that are not a frame: the decoder reports those.
 *
 * @returns a function that takes the pieces of the content, cut anywhere; it returns null if a piece may be decoded
 */
export function createZstdGuard(): (bytes: Uint8Array) => ZstdRefusal | null {
  let held = NO_BYTES;
  /** Bytes of content, checksums and skippable frames before the next head. */
  let skipped = 0;
  /** Null between frames. */
  let frame: { window: number; hasChecksum: boolean } | null = null;
  let windows = 0;
  let moved = 0;
  let isLost = false;

  /** Reads one head. @returns its length; 0 if more bytes are needed */
  function readHead(bytes: Buffer): number {
    if (frame !== null) return readBlockHead(bytes, frame);
    if (bytes.length < MAGIC_BYTES) return 0;
    const magic = bytes.readUInt32LE(0);
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      if (bytes.length < SKIPPABLE_HEAD_BYTES) return 0;
      skipped = bytes.readUInt32LE(MAGIC_BYTES);
      return SKIPPABLE_HEAD_BYTES;
    }
    if (magic === MAGIC) return readFrameHead(bytes);
    isLost = true;
    return bytes.length;
  }

  function readFrameHead(bytes: Buffer): number {
    if (bytes.length <= MAGIC_BYTES) return 0;
    const descriptor = bytes.readUInt8(MAGIC_BYTES);
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const windowAt = MAGIC_BYTES + 1;
    const dictionaryAt = windowAt + (isSingleSegment ? 0 : 1);
    const sizeAt = dictionaryAt + ([0, 1, 2, 4][descriptor & 3] ?? 0);
    const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const end = sizeAt + sizeBytes;
    if (bytes.length < end) return 0;
    const window = isSingleSegment ? sizeOf(bytes.subarray(sizeAt, end)) : windowOf(bytes.readUInt8(windowAt));
    windows += window;
    frame = { window, hasChecksum: (descriptor & 4) !== 0 };
    return end;
  }

  function readBlockHead(bytes: Buffer, { window, hasChecksum }: { window: number; hasChecksum: boolean }): number {
    if (bytes.length < BLOCK_HEAD_BYTES) return 0;
    const head = bytes.readUIntLE(0, BLOCK_HEAD_BYTES);
    const isLast = (head & 1) === 1;
    const type = (head >> 1) & 3;
    skipped = type === RLE_BLOCK ? 1 : head >> 3;
    moved += window;
    if (isLast) {
      skipped += hasChecksum ? CHECKSUM_BYTES : 0;
      frame = null;
    }
    return BLOCK_HEAD_BYTES;
  }

  return (piece) => {
    let bytes =
      held.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([held, piece]);
    held = NO_BYTES;
    while (!isLost && bytes.length > 0) {
      if (skipped > 0) {
        const passed = Math.min(skipped, bytes.length);
        skipped -= passed;
        bytes = bytes.subarray(passed);
        continue;
      }
      const length = readHead(bytes);
      if (length === 0) {
        held = Buffer.from(bytes);
        return null;
      }
      if (frame !== null && frame.window > MAX_WINDOW) return 'asks for too large a window';
      if (windows > MAX_WINDOWS) return 'has too many frames';
      if (moved > MAX_MOVED) return 'has too many blocks';
      bytes = bytes.subarray(length);
    }
    return null;
  };
}

/** The window of a descriptor, in bytes. RFC 8878 §3.1.1.1.2. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The size of a frame's content, which is also the window of a frame with a single segment. */
function sizeOf(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE(0));
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}
