/**
 * Zstandard frames by hand (RFC 8878 §3.1.1), since Node 20 cannot make them: raw and run-length blocks are enough for
 * framing and limits; `ZSTD_SAMPLE` was made by the zstd tool and holds a compressed block.
 */
const MAGIC = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);
const WINDOW_128K = 7 << 3;
const LARGEST_BLOCK = 128 * 1024;

export function storedZstd(bytes: Buffer): Buffer {
  const parts: Buffer[] = [MAGIC, Buffer.of(0, WINDOW_128K)];
  for (let pos = 0; pos < bytes.length || pos === 0; pos += LARGEST_BLOCK) {
    const piece = bytes.subarray(pos, pos + LARGEST_BLOCK);
    parts.push(blockHeader(pos + LARGEST_BLOCK >= bytes.length, 0, piece.length), piece);
  }
  return Buffer.concat(parts);
}

/** Blocks of 4 bytes, each of which decodes to 128 KiB. */
export function rleZstd(blocks: number): Buffer {
  const block = Buffer.concat([blockHeader(false, 1, LARGEST_BLOCK), Buffer.of(0x78)]);
  return Buffer.concat([MAGIC, Buffer.of(0, WINDOW_128K), ...Array.from({ length: blocks }, () => block)]);
}

/** A frame of these blocks that asks for a window of 2^exponent bytes. */
export function windowedZstd(exponent: number, blocks: readonly string[]): Buffer {
  const parts = blocks.map((text, index) =>
    Buffer.concat([blockHeader(index === blocks.length - 1, 0, text.length), Buffer.from(text)]),
  );
  return Buffer.concat([MAGIC, Buffer.of(0, (exponent - 10) << 3), ...parts]);
}

/** A frame with a single segment, which says that its content has this size. */
export function segmentZstd(size: number, text: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(0xa0, 0);
  head.writeUInt32LE(size, 1);
  return Buffer.concat([MAGIC, head, blockHeader(true, 0, text.length), Buffer.from(text)]);
}

/** What a decoder leaves out (RFC 8878 §3.1.2). */
export function skippableZstd(text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a57, 0);
  head.writeUInt32LE(text.length, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

export const ZSTD_SAMPLE = {
  content: `event: message_start\ndata: {}\n\n${'zstd '.repeat(9)}zstd`,
  encoded: Buffer.from(
    '28b52ffd045865010044026576656e743a206d6573736167655f73746172740a646174613a207b7d0a0a7a7374642001000c667902b68200aa',
    'hex',
  ),
};

function blockHeader(last: boolean, type: number, size: number): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((last ? 1 : 0) | (type << 1) | (size << 3), 0, 3);
  return header;
}
