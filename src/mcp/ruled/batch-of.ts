import { batchParts } from '../../rules/index.js';

/** The messages of a batch; null for anything else. A list that is not valid as a whole is no batch: its reader gets nothing of it. */
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
