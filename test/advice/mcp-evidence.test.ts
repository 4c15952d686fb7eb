import { expect, it } from 'vitest';
import { readEvidence } from '../../src/advice/read-evidence.js';
import { openReader } from '../../src/store/index.js';
import { aCall, aConnection, aDefinition, aDelivery, answered } from '../store/support/mcp-records.js';
import { aRequest } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

it('reads what became of the results of recorded servers', () => {
  const { file, store, run } = startedStore();
  const request = aRequest(run.id, { sessionId: 's' });
  store.saveRequest(request);
  const connection = aConnection(run.id, { name: 'docs' });
  store.saveMcp([{ type: 'connection', connection }]);
  const definitions = [
    aDefinition(connection.id, { name: 'find', bytesSaid: 5_000, bytesGot: 2_048 }),
    aDefinition(connection.id, { name: 'list', bytesSaid: 50, bytesGot: 50 }),
    aDefinition(connection.id, { name: 'read', bytesSaid: 5_000, bytesGot: null }),
    aDefinition(connection.id, { kind: 'instructions', name: '', bytesSaid: 6_000, bytesGot: 4_096 }),
  ];
  store.saveMcp(definitions.map((definition) => ({ type: 'definition', definition })));
  for (const [name, form, altered = false] of [
    ['find', 'persisted'],
    ['find', 'cut'],
    ['read', 'rewritten'],
    ['list', 'whole'],
    // Changed by a rule, it says nothing about the server.
    ['list', 'cut', true],
  ] as const) {
    const { writes, call } = aCall(connection.id, { name, altered });
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
      shortened: [
        { name: 'find', bytesSaid: 5_000, bytesGot: 2_048 },
        { name: '', bytesSaid: 6_000, bytesGot: 4_096 },
      ],
    },
  ]);
});
