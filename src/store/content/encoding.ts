import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** How the bytes of a slice are stored; the numbers are in the database. */
const ENCODING = { plain: 0, deflate: 1 } as const;
type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

/** Below this, deflate costs more than it saves. */
const WORTH_COMPRESSING = 64;

export interface EncodedSlice {
  encoding: Encoding;
  bytes: Uint8Array;
}

/** @param compressed the content is compressed already (a response with a content encoding): stored as it is. */
export function encodeSlice(content: Uint8Array, compressed: boolean): EncodedSlice {
  if (!compressed && content.length >= WORTH_COMPRESSING) {
    const bytes = deflateRawSync(content);
    if (bytes.length < content.length) return { encoding: ENCODING.deflate, bytes };
  }
  return { encoding: ENCODING.plain, bytes: content };
}

/** @throws Error of zlib when the stored bytes are damaged, or inflate to more than `size`. */
export function decodeSlice(encoding: number, bytes: Uint8Array, size: number): Uint8Array {
  return encoding === ENCODING.deflate ? inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) }) : bytes;
}
