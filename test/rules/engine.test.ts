import { describe, expect, it } from 'vitest';
import {
  answer,
  bytesOf,
  CONTEXT,
  call,
  decide,
  engineOf,
  fromClient,
  fromServer,
  hitsOf,
  matches,
  stepsOf,
} from './support/decide.js';

const TAG = '[{ tag: t }]';
const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} };

describe('the messages that a rule looks at', () => {
  const messages = {
    call: call('list'),
    initialize: fromClient(INITIALIZE),
    'notification of the client': fromClient({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    answer: answer({ content: [] }),
    error: fromServer({ jsonrpc: '2.0', id: 1, error: { code: -1, message: 'x' } }, INITIALIZE),
    'notification of the server': fromServer({ jsonrpc: '2.0', method: 'notifications/progress', params: {} }),
    'request of the server': fromServer({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: {} }),
    'answer of the client': { ...fromClient({ jsonrpc: '2.0', id: 1, result: {} }), request: INITIALIZE },
  };

  it.each([
    ['{}', TAG, ['call', 'initialize']],
    ['{ server: tickets }', TAG, ['call', 'initialize']],
    ['{ tool: list }', TAG, ['call']],
    ['{ method: { prefix: notifications/ } }', TAG, ['notification of the client', 'notification of the server']],
    ['{ method: sampling/createMessage }', TAG, ['request of the server']],
    ['{ kind: response }', TAG, ['answer', 'error', 'answer of the client']],
    ['{ kind: response, tool: list }', TAG, ['answer']],
    [
      '{ kind: { one_of: [request, notification] }, direction: server_to_client }',
      TAG,
      ['notification of the server', 'request of the server'],
    ],
    [
      '{ direction: server_to_client }',
      TAG,
      ['answer', 'error', 'notification of the server', 'request of the server'],
    ],
    ['{ result: { $.content: { exists: true } } }', TAG, ['answer']],
    ['{ error: { $.code: -1 } }', TAG, ['error']],
    [
      '{ not: { kind: response } }',
      TAG,
      ['call', 'initialize', 'notification of the client', 'notification of the server', 'request of the server'],
    ],
    ['{ not: { tool: list } }', TAG, ['initialize']],
    ['{ server: tickets }', '[{ redact: $.x }]', Object.keys(messages)],
  ])('%s %s', (when, then, expected) => {
    const seen = Object.entries(messages).filter(([, message]) => decide(when, then, message) !== null);
    expect(seen.map(([name]) => name)).toEqual(expected);
  });
});

describe('rules in order', () => {
  it('has higher priorities first, and the order of the file among equals', () => {
    const engine = engineOf(
      ['{ id: a, then: [{ tag: a }] }', '{ id: b, priority: 2, then: [{ tag: b }] }', '{ id: c, then: [{ tag: c }] }']
        .map((rule) => `  - ${rule}`)
        .join('\n'),
    );
    expect(hitsOf(engine.decide(call('list'), CONTEXT)).map(({ rule }) => rule)).toEqual(['b', 'a', 'c']);
  });

  it('shows later rules what earlier ones made of a message, and nothing after a block', () => {
    const engine = engineOf(`
  - { id: rename, when: { tool: old }, then: [{ modify: { set: { $.name: new } } }] }
  - { id: not-any-more, when: { tool: old }, then: [{ tag: old }] }
  - { id: block, when: { tool: new }, then: [{ block: { reason: no } }, { tag: never }] }
  - { id: after, then: [{ tag: never }] }`);
    expect(hitsOf(engine.decide(call('old'), CONTEXT)).map(({ rule, action }) => `${rule} ${action}`)).toEqual([
      'rename modify',
      'block block',
    ]);
  });

  it('leaves out rules that are switched off', () => {
    expect(engineOf('  - { id: a, enabled: false, then: [{ tag: a }] }').decide(call('list'), CONTEXT)).toBeNull();
  });
});

describe('what is passed on as it came', () => {
  it.each([
    '',
    'x',
    '[]',
    '{}',
    '1',
    '{"jsonrpc":"2.0"',
    '{"method":1}',
    '{"id":{},"method":"tools/call"}',
    '[{"id":1,"method":"x"}]',
  ])('not a message: %s', (text) => {
    expect(matches('{ direction: client_to_server }', fromClient(text))).toBe(false);
  });

  it('does not parse what no rule can match', () => {
    const engine = engineOf('  - { id: a, when: { server: other, tool: x }, then: [{ tag: a }] }');
    const subject = { sender: 'client' as const, bytes: bytesOf('x') };
    Object.defineProperty(subject, 'message', { get: () => expect.unreachable('parsed') });
    expect(engine.decide(subject, CONTEXT)).toBeNull();
  });

  it('knows a method by its meaning, not by its spelling', () => {
    const engine = engineOf('  - { id: a, when: { tool: remove }, then: [{ block: { reason: no } }] }');
    for (const method of ['tools/call', 'tools\\/call', 'tools\\u002fcall', '\\u0074ools/call']) {
      const subject = fromClient(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":{"name":"remove"}}`);
      expect(stepsOf(engine.decide(subject, CONTEXT)), method).toHaveLength(1);
    }
    expect(engine.decide(fromClient('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'), CONTEXT)).toBeNull();
  });
});
