import { expect, it } from 'vitest';
import { unrecordedServers } from '../../src/history/mcp-unrecorded.js';
import { openReader } from '../../src/store/index.js';
import { aRequestOf, finish, keepDays } from '../store/support/old-history.js';
import { anAttribution, aResponse, aShare } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

it('a server that removed requests used may have been recorded and removed with them', () => {
  const { file, store, run } = startedStore();
  for (const [daysAgo, ...servers] of [[20, 'tickets'], [1, 'tickets', 'notes'], [0]] as const) {
    const shares = servers.map((name) => aShare(`mcp:${name}`, 10, { part: 'definition' }));
    for (const kind of ['messages', 'count_tokens'] as const) {
      const request = aRequestOf(run.id, daysAgo, { kind });
      store.saveRequest(request);
      store.saveResponse(aResponse(request), anAttribution(shares));
    }
  }
  const read = () => {
    const reader = openReader(file);
    const servers = unrecordedServers(reader, {}, []);
    reader.close();
    return servers.toSorted((a, b) => (a.source < b.source ? -1 : 1));
  };
  const notes = { source: 'mcp:notes', calls: 0, mayBeRemoved: false };
  const tickets = { source: 'mcp:tickets', calls: 0 };
  expect(read()).toEqual([notes, { ...tickets, mayBeRemoved: false }]);
  expect(finish(store.retention.prune(keepDays(10)))).toBe(2);
  expect(read()).toEqual([notes, { ...tickets, mayBeRemoved: true }]);
  store.close();
});
