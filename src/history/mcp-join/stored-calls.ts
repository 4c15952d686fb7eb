import { NotFoundError } from '../../store/index.js';
import { readStored } from '../read-stored.js';
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
  return readStored(database, busyTimeoutMs, new Map<string, KnownCall>(), (reader) => {
    const calls = new Map<string, KnownCall>();
    for (const id of toolUseIds) {
      try {
        const { state, answer } = reader.mcpCall(id);
        const bytes = answer?.bytes ?? null;
        calls.set(id, { state, answer: answer === null || bytes === null ? null : { ...answer, bytes } });
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
    return calls;
  });
}
