import { batchParts } from '../../rules/index.js';

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
