import { expect, it } from 'vitest';
import { serverAnswer } from '../../../src/history/mcp-join/kept-calls.js';
import { readStoredCalls } from '../../../src/history/mcp-join/stored-calls.js';
import { aCall, aConnection, answered } from '../../store/support/mcp-records.js';
import { startedStore } from '../../store/support/started-store.js';
import { tempDatabase } from '../../store/support/temp-database.js';

it('reads calls and their answers by the ids of their tool uses', () => {
  const { file, store, run } = startedStore();
  const connection = aConnection(run.id);
  const done = aCall(connection.id, { toolUseId: 'toolu_1' });
  const open = aCall(connection.id, { toolUseId: 'toolu_2' });
  const result = { content: [{ type: 'text', text: 'Found.' }] };
  store.saveMcp([
    { type: 'connection', connection },
    ...done.writes,
    ...answered(done.call, 5, JSON.stringify({ jsonrpc: '2.0', id: 1, result })).writes,
    ...open.writes,
  ]);
  store.close();
  const calls = readStoredCalls(file, ['toolu_1', 'toolu_2', 'toolu_3'], 100);
  expect([...calls.keys()]).toEqual(['toolu_1', 'toolu_2']);
  const [first, second] = [...calls.values()].map(serverAnswer);
  expect(first).toEqual({ type: 'result', result });
  expect(second).toBeNull();
});

it('finds nothing where nothing is stored', () => {
  expect(readStoredCalls(tempDatabase(), ['toolu_1'], 100).size).toBe(0);
});
