import { asBuffer } from '../base/as-buffer.js';
import { elementsAt, skipBlanks } from '../base/json-bytes.js';

const OPEN_LIST = 0x5b;

/** The messages of a batch (2025-03-26), as they are spelled. Null if the bytes are not a batch. */
export function batchParts(bytes: Uint8Array): Buffer[] | null {
  const json = asBuffer(bytes);
  const start = skipBlanks(json, 0);
  if (json[start] !== OPEN_LIST) return null;
  return [...elementsAt(json, start)].map((part) => json.subarray(part.start, part.end));
}

/** Null without messages: an empty batch is not sent. */
export function joinBatch(parts: readonly Uint8Array[]): Buffer | null {
  if (parts.length === 0) return null;
  const pieces = parts.flatMap((part, index) => [Buffer.from(index === 0 ? '[' : ','), part]);
  return Buffer.concat([...pieces, Buffer.from(']')]);
}
