import { batchParts, joinBatch } from '../../rules/index.js';

/** The messages of a batch; null for anything else. A list that is not valid JSON as a whole is not a batch: its reader would refuse all of it. */
export function batchOf(bytes: Buffer): Buffer[] | null {
  const parts = batchParts(bytes);
  if (parts === null) return null;
  try {
    JSON.parse(bytes.toString());
    return parts;
  } catch {
    return null;
  }
}

/** A document, which may be empty, with further messages. */
export function withMessages(document: Buffer, more: readonly Buffer[]): Buffer {
  if (more.length === 0) return document;
  const own = document.length === 0 ? [] : (batchOf(document) ?? [document]);
  return joinBatch([...own, ...more]) ?? document;
}
