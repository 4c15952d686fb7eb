import type { Database } from '../sqlite.js';
import type { Candidates } from './unused.js';

/** Which messages of MCP may be removed, as an SQL condition. The request of an open call stays: its answer will come. */
export const REMOVABLE_MESSAGE =
  "NOT EXISTS (SELECT 1 FROM mcp_calls c WHERE c.request = mcp_messages.n AND c.state = 'open')";

/** The oldest message that may be removed. */
export interface EndedMessage {
  n: number;
  /** Unix ms. */
  at: number;
}

export interface EndedMessages {
  /** @param before unix ms */
  oldest(before: number): EndedMessage | undefined;
  /** Removes a message, and the call of which it is the request. @returns the shared content that it used */
  remove(message: number): Candidates;
}

export function createEndedMessages(db: Database): EndedMessages {
  const oldest = db.prepare<[number], EndedMessage>(
    `SELECT n, at FROM mcp_messages WHERE at < ? AND ${REMOVABLE_MESSAGE} ORDER BY at, n LIMIT 1`,
  );
  const remove = db.prepare<[number], { content: number; original: number | null }>(
    'DELETE FROM mcp_messages WHERE n = ? RETURNING content, original',
  );
  return {
    oldest: (before) => oldest.get(before),
    remove: (message) => ({
      slices: remove
        .all(message)
        .flatMap(({ content, original }) => [content, ...(original === null ? [] : [original])]),
    }),
  };
}
