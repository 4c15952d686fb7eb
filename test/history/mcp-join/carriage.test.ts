import { expect, it } from 'vitest';
import { createAttributor } from '../../../src/history/attributor.js';
import { resultCarriage } from '../../../src/history/mcp-join/carriage.js';
import { segmentsOf } from '../../../src/history/segments.js';
import type { Usage } from '../../../src/model/usage.js';
import { openReader } from '../../../src/store/index.js';
import { aBody, aRequest, aResponse } from '../../store/support/records.js';
import { startedStore } from '../../store/support/started-store.js';

const asked = { role: 'user', content: [{ type: 'text', text: 'Find the towers of the old town.' }] };
const called = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'mcp__a__find', input: {} }] };
const found = (text: string) => ({
  role: 'user',
  content: [{ type: 'tool_result', tool_use_id: 't1', content: text }],
});
const said = (text: string) => ({ role: 'assistant', content: [{ type: 'text', text }] });
const typed = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] });
const tools = [{ name: 'mcp__a__find', description: 'Finds.', input_schema: {} }];
const TOWERS = 'North tower, south tower, water tower. '.repeat(40);
const usage = (cacheRead: number, cacheWrite5m: number, uncached = 3): Usage => {
  return { uncached, cacheRead, cacheWrite5m, cacheWrite1h: 0, output: 10, webSearches: 0 };
};

interface Asked {
  messages: object[];
  usage: Usage | null;
  contextManagement?: unknown;
}

function stored(requests: readonly Asked[]) {
  const { file, store, run } = startedStore();
  const attributor = createAttributor({ prices: {}, onFailure: (error) => expect.fail(String(error)) });
  const ids = requests.map(({ messages, usage, contextManagement = null }, index) => {
    const body = aBody(JSON.stringify({ model: 'claude-opus-4-5', system: 'You find things.', tools, messages }));
    const timestamps = { ...aRequest(run.id).timestamps, initiated: Date.UTC(2026, 0, 5, 8, 0, index) };
    const request = aRequest(run.id, { sessionId: 's', model: 'claude-opus-4-5', body, timestamps });
    const none = { id: null, model: null, role: 'assistant', content: [], stopReason: null, complete: true };
    const message = { ...none, contextManagement };
    const response = aResponse(request, { usage, message });
    store.saveRequest(request);
    store.saveResponse(response, attributor.attribute(request, response));
    return request.id;
  });
  store.close();
  return { reader: openReader(file), ids };
}

const opening = [asked, called, found(TOWERS)];
const second = [...opening, said('Three.'), typed('And gates?')];
const third = [...second, said('Four.'), typed('And walls?')];

it('counts the requests until the last, with the cost of cached reads', () => {
  const { reader, ids } = stored([
    { messages: [asked], usage: usage(0, 90) },
    { messages: opening, usage: usage(90, 420) },
    { messages: second, usage: usage(510, 20) },
    { messages: third, usage: usage(530, 20) },
  ]);
  const carriage = resultCarriage(reader, { toolUseId: 't1', carriedBy: ids[1] ?? '' }, {});
  const exact = ids.slice(1).flatMap((id) =>
    segmentsOf(reader, reader.request(id), {})
      .filter(({ segment }) => segment.source === 'mcp:a' && segment.part === 'result')
      .map(({ segment }) => segment.costUsd ?? 0),
  );
  expect(exact).toHaveLength(3);
  // The first is written to the cache, at 12.5 times the price of reading it.
  expect(exact[0]).toBeGreaterThan(10 * (exact[1] ?? 0));
  expect(carriage?.requests).toBe(3);
  // Each bill says a little more about the tokens of the result.
  const sum = exact.reduce((sum, cost) => sum + cost);
  expect(Math.abs((carriage?.costUsd ?? 0) / sum - 1)).toBeLessThan(0.005);
});

it('costs more where the cache was missed', () => {
  const [hit, miss] = [usage(510, 20), usage(0, 530)].map((second_) => {
    const { reader, ids } = stored([
      { messages: opening, usage: usage(90, 420) },
      { messages: second, usage: second_ },
    ]);
    return resultCarriage(reader, { toolUseId: 't1', carriedBy: ids[0] ?? '' }, {})?.costUsd ?? 0;
  });
  expect(miss).toBeGreaterThan(1.5 * (hit ?? 0));
});

it.each<[string, Asked]>([
  [
    'Claude Code removed it',
    { messages: [asked, called, found('[removed]'), said('A'), typed('B')], usage: usage(90, 40) },
  ],
  [
    'the API cleared it',
    {
      messages: second,
      usage: usage(90, 40),
      contextManagement: { applied_edits: [{ type: 'clear_tool_uses_20250919', cleared_tool_uses: 1 }] },
    },
  ],
  ['the conversation was rewound', { messages: [asked, said('Three.'), typed('B')], usage: usage(90, 40) }],
])('ends where %s', (_, ending) => {
  const requests = [
    { messages: opening, usage: usage(90, 420) },
    { messages: second, usage: usage(510, 20) },
    { messages: second, usage: usage(510, 20) },
    ending,
    ending,
  ];
  const { reader, ids } = stored(requests);
  expect(resultCarriage(reader, { toolUseId: 't1', carriedBy: ids[0] ?? '' }, {})?.requests).toBe(3);
});

it('does not count requests that the API refused', () => {
  const { reader, ids } = stored([
    { messages: opening, usage: usage(90, 420) },
    { messages: second, usage: null },
    { messages: second, usage: usage(510, 20) },
  ]);
  expect(resultCarriage(reader, { toolUseId: 't1', carriedBy: ids[0] ?? '' }, {})?.requests).toBe(2);
});

it('is not known of a request that is no longer stored', () => {
  const { reader } = stored([{ messages: opening, usage: usage(90, 420) }]);
  expect(resultCarriage(reader, { toolUseId: 't1', carriedBy: 'req_01ARZ3NDEKTSV4RRFFQ69G5FAV' }, {})).toBeNull();
});
