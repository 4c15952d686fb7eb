import { expect, it } from 'vitest';
import { readEvidence } from '../../src/advice/read-evidence.js';
import { openReader } from '../../src/store/index.js';
import { aCall, aConnection, aDelivery, answered } from '../store/support/mcp-records.js';
import { aRequest } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

it('reads what became of the results of recorded servers', () => {
  const { file, store, run } = startedStore();
  const request = aRequest(run.id, { sessionId: 's' });
  store.saveRequest(request);
  const connection = aConnection(run.id, { name: 'docs' });
  store.saveMcp([{ type: 'connection', connection }]);
  for (const [name, form] of [
    ['find', 'persisted'],
    ['find', 'cut'],
    ['read', 'rewritten'],
    ['list', 'whole'],
  ] as const) {
    const { writes, call } = aCall(connection.id, { name });
    const delivery = aDelivery(call.toolUseId ?? '', request.correlationId, { form });
    store.saveMcp([...writes, ...answered(call, 100, '{"result":{}}').writes, { type: 'delivery', delivery }]);
  }
  store.close();

  const reader = openReader(file);
  const { servers } = readEvidence(reader, { version: 1 });
  reader.close();
  expect(servers).toMatchObject([
    {
      figures: { source: 'mcp:docs', calls: 4, deliveredCalls: 4 },
      reduced: [
        { form: 'persisted', results: 1 },
        { form: 'cut', results: 1 },
      ],
      reducedTools: ['find'],
    },
  ]);
});
