import type { Database } from '../sqlite.js';
import { isWhole, type SliceRow } from './content.js';
import type { NoteDamage } from './damage.js';
import { readableRows } from './readable-rows.js';

/** Messages read at a time, with their content. */
const MESSAGES = 16;

export const MESSAGE_KEYS = { table: 'mcp_messages', key: 'n' };

interface Content extends SliceRow {
  message: string;
  id: number | null;
  isOriginal: 0 | 1;
}

/** What was received, and what was sent where a rule has changed it. */
const CONTENTS = `
  SELECT m.id AS message, m.isOriginal, s.id, s.hash, s.encoding, s.size, s.bytes
  FROM (
    SELECT n, id, content AS slice, 0 AS isOriginal FROM mcp_messages
    UNION ALL SELECT n, id, original, 1 FROM mcp_messages WHERE original IS NOT NULL
  ) m LEFT JOIN slices s ON s.id = m.slice WHERE m.n >= ? AND m.n < ?`;

/** Every message of MCP must have its content. @returns how many there are */
export function verifyMcpMessages(db: Database, note: NoteDamage, onProgress: (ids: number) => void): number {
  const statement = db.prepare<[number, number], Content>(CONTENTS);
  let count = 0;
  const unreadable = (n: number) => note('pages', 'MCP messages that cannot be read', `row ${n}`);
  for (const { rows, from, to } of readableRows(db, MESSAGE_KEYS, statement, MESSAGES, unreadable)) {
    for (const row of rows) {
      count += row.isOriginal ? 0 : 1;
      if (row.id === null || !isWhole(row)) {
        note('content', 'MCP messages that are not what was captured', row.message);
      }
    }
    onProgress(to - from);
  }
  return count;
}
