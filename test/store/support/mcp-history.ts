import type { RunId } from '../../../src/model/ids.js';
import type { Store } from '../../../src/store/index.js';
import { aCall, aConnection, answered } from './mcp-records.js';
import { DAY_MS } from './old-history.js';

/**
 * Stores a call a day over a number of days, each over a connection of its own, the last one today. Every answer says the same, so
 * that the calls share its content.
 * @returns them, the oldest first
 */
export function saveMcpHistory(store: Store, run: RunId, days: number) {
  return Array.from({ length: days }, (_, index) => {
    const at = Date.now() - (days - 1 - index) * DAY_MS;
    const connection = aConnection(run, { startedAt: at - 5, endedAt: at + 50, exit: 'exit code 0' });
    const open = aCall(
      connection.id,
      { sentAt: at },
      `{"id":${index},"method":"tools/call","pad":"${'x'.repeat(600)}"}`,
    );
    const ended = answered(open.call, 20, '{"result":{"content":[]}}');
    store.saveMcp([{ type: 'connection', connection }, ...open.writes, ...ended.writes]);
    return { connection, call: ended.call, messages: [open.request, ended.answer] };
  });
}
