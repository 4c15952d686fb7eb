import { existsSync } from 'node:fs';
import { NotFoundError, openReader } from '../../store/index.js';
import type { KnownCall } from './kept-calls.js';

/**
 * MCP calls as they are stored, by their tool use ids. Calls that are not stored are left out.
 *
 * @param busyTimeoutMs how long to wait for other processes
 * @throws StoreError when the database cannot be read
 */
export function readStoredCalls(
  database: string,
  toolUseIds: readonly string[],
  busyTimeoutMs: number,
): Map<string, KnownCall> {
  const calls = new Map<string, KnownCall>();
  if (!existsSync(database)) return calls;
  const reader = openReader(database, busyTimeoutMs);
  try {
    for (const id of toolUseIds) {
      try {
        const { state, answer } = reader.mcpCall(id);
        const bytes = answer?.bytes ?? null;
        calls.set(id, { state, answer: answer === null || bytes === null ? null : { ...answer, bytes } });
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
  } finally {
    reader.close();
  }
  return calls;
}
