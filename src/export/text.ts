import { isUtf8 } from 'node:buffer';

/** Bytes inside JSON: as text where they are UTF-8, else in base64. */
export type JsonBytes = { text: string } | { base64: string };

export function jsonBytes(bytes: Uint8Array): JsonBytes {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return isUtf8(buffer) ? { text: buffer.toString('utf8') } : { base64: buffer.toString('base64') };
}
