import type { Database } from '../sqlite.js';
import { isWhole, type SliceRow } from './content.js';
import type { NoteDamage } from './damage.js';
import { readableRows } from './readable-rows.js';

/** Messages read at a time, with their content. */
const MESSAGES = 16;

export const MESSAGE_KEYS = { table: 'mcp_messages', key: 'n' };

/** Every message of MCP must have its content. @returns how many there are */
export function verifyMcpMessages(db: Database, note: NoteDamage, onProgress: (ids: number) => void): number {
  const statement = db.prepare<[number, number], SliceRow & { message: string; id: number | null }>(`
    SELECT m.id AS message, s.id, s.hash, s.encoding, s.size, s.bytes
    FROM mcp_messages m LEFT JOIN slices s ON s.id = m.content WHERE m.n >= ? AND m.n < ?`);
  let count = 0;
  const unreadable = (n: number) => note('pages', 'MCP messages that cannot be read', `row ${n}`);
  for (const { rows, from, to } of readableRows(db, MESSAGE_KEYS, statement, MESSAGES, unreadable)) {
    for (const row of rows) {
      count += 1;
      if (row.id === null || !isWhole(row)) {
        note('content', 'MCP messages that are not what was captured', row.message);
      }
    }
    onProgress(to - from);
  }
  return count;
}
