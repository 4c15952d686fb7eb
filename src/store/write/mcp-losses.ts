import type { McpConnectionId } from '../../model/mcp.js';
import type { McpWrite } from '../../model/mcp-write.js';
import type { Database } from '../sqlite.js';

/** Numbers of messages that were not stored, by connection. */
export type McpLosses = Map<McpConnectionId, number>;

/** Adds the messages of writes that are lost. */
export function countMcpLosses(losses: McpLosses, writes: readonly McpWrite[]): void {
  for (const write of writes) {
    if (write.type !== 'message') continue;
    const { connectionId } = write.message;
    losses.set(connectionId, (losses.get(connectionId) ?? 0) + 1);
  }
}

/** Adds losses to the connections that are stored. @returns these connections */
export function saveMcpLosses(db: Database, losses: McpLosses): McpConnectionId[] {
  const add = db.prepare<[number, string]>('UPDATE mcp_servers SET dropped = dropped + ? WHERE id = ?');
  return [...losses].flatMap(([id, messages]) => (add.run(messages, id).changes > 0 ? [id] : []));
}
