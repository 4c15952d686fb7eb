import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** How the bytes of a slice are stored: values of a database column. */
const ENCODING = { plain: 0, deflate: 1 } as const;
type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

/** Deflate does not pay for fewer bytes. */
const MIN_COMPRESSED_BYTES = 64;

/** @param compressed the content is already compressed, as a response with a content encoding, and is stored as it is */
export function encodeSlice(content: Uint8Array, compressed: boolean): { encoding: Encoding; bytes: Uint8Array } {
  if (!compressed && content.length >= MIN_COMPRESSED_BYTES) {
    const bytes = deflateRawSync(content);
    if (bytes.length < content.length) return { encoding: ENCODING.deflate, bytes };
  }
  return { encoding: ENCODING.plain, bytes: content };
}

/**
 * @param bytes of any type, since a damaged page can hold anything
 * @throws Error when the stored bytes are damaged, or inflate to more than `size`
 */
export function decodeSlice(encoding: number, bytes: unknown, size: number): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('the stored content has no bytes');
  return encoding === ENCODING.deflate ? inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) }) : bytes;
}
