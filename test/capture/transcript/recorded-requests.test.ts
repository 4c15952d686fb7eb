import { expect, it } from 'vitest';
import { createRecordedRequests } from '../../../src/capture/transcript/recorded-requests.js';

const shape = {
  type: 'api-request-shape',
  shapeHash: 's',
  shape: { system: [{ type: 'text', text: 'Be' }], tools: [{ name: 'Read' }] },
};
const blob = (hash: string, text: string) => ({
  ...{ type: 'api-request-blob', hash },
  message: { role: 'user', content: [{ type: 'text', text }] },
});
const request = (id: string, tail: string[], more: object = {}) => ({
  ...{ type: 'api-request', id, shapeHash: 's', timestamp: '2026-03-01T12:00:00.000Z', keep: 0, tail },
  ...{ params: { model: 'claude-x', betas: ['b'], max_tokens: 9 } },
  ...more,
});
const answers = new Map([['r1', [{ type: 'text', text: 'Hello' }]]]);

function recorded(...lines: object[]) {
  const requests = createRecordedRequests();
  for (const line of lines) requests.add({ ...line }, (id) => answers.get(id) ?? null);
  return requests;
}

it('puts a request together from its shape, its messages and its parameters', () => {
  const mark = { type: 'ephemeral' };
  const marks = [
    { path: ['system', 0], value: mark },
    { path: ['messages', 0, 'content', 0], value: mark },
    { path: ['messages', 7, 'content', 0], value: mark },
  ];
  const found = recorded(shape, blob('a', 'Hi'), request('r1', ['a'], { cacheControl: marks })).find('r1');
  expect(found).toEqual({
    at: Date.UTC(2026, 2, 1, 12),
    body: {
      model: 'claude-x',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: mark }] }],
      system: [{ type: 'text', text: 'Be', cache_control: mark }],
      tools: [{ name: 'Read' }],
      max_tokens: 9,
    },
  });
});

it('continues an earlier request, with the answer to it', () => {
  const requests = recorded(
    ...[shape, blob('a', 'Hi'), request('r1', ['a']), blob('c', 'More')],
    request('r2', ['answer', 'c'], { base: 'r1', keep: 1 }),
  );
  expect(requests.find('r2')?.body.messages).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
    { role: 'user', content: [{ type: 'text', text: 'More' }] },
  ]);
});

it('has no request of which a part is missing', () => {
  const requests = recorded(
    ...[request('no shape', []), shape, request('no message', ['a']), blob('a', 'Hi'), request('r1', ['a'])],
    ...[request('no base', [], { base: 'never', keep: 1 }), request('too long', [], { base: 'r1', keep: 2 })],
    ...[request('two unknown', ['x', 'y'], { base: 'r1', keep: 1 }), request('no list', [], { tail: null })],
  );
  const ids = ['no shape', 'no message', 'no base', 'too long', 'two unknown', 'no list', 'r1'];
  expect(ids.filter((id) => requests.find(id) !== null)).toEqual(['r1']);
});
