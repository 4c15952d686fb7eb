import { describe, expect, it } from 'vitest';
import type { RuleContext } from '../../../src/rules/index.js';
import { answer, call, fromClient, fromServer, matches, NOW } from '../support/decide.js';

describe('conditions', () => {
  it.each([
    ['{ server: tickets }', true],
    ['{ server: { glob: "t*" } }', true],
    ['{ server: other }', false],
    ['{ transport: stdio }', true],
    ['{ transport: { one_of: [http, sse] } }', false],
    ['{ method: tools/call, tool: list }', true],
    ['{ tool: { one_of: [list, show] } }', true],
    ['{ tool: { exists: true } }', true],
    ['{ tool: { exists: false } }', false],
    ['{ all: [{ tool: list }, { server: tickets }] }', true],
    ['{ all: [{ tool: list }, { server: other }] }', false],
    ['{ any: [{ tool: other }, { server: tickets }] }', true],
    ['{ any: [{ tool: other }, { server: other }] }', false],
    ['{ not: { tool: list } }', false],
    ['{ not: { not: { tool: list } } }', true],
    [
      '{ tool: list, not: { any: [{ server: other }, { all: [{ tool: list }, { params: { $.arguments.dry: true } }] }] } }',
      true,
    ],
    ['{ params: { $.name: list, $.arguments.n: { gt: 1 } } }', true],
    ['{ params: { $.name: list, $.arguments.n: { gt: 2 } } }', false],
    ['{ meta: { claudecode/toolUseId: toolu_1 } }', true],
    ['{ meta: { "$[\'claudecode/toolUseId\']": { prefix: toolu } } }', true],
    ['{ meta: { other: { exists: false } } }', true],
    ['{ session: { id: s1 } }', true],
    ['{ session: { id: { prefix: x } } }', false],
    ['{ session: { tags: ci } }', true],
    ['{ session: { tags: { one_of: [a, b] } } }', false],
    ['{ session: { age: { gt: 30s, lt: 2m } } }', true],
    ['{ session: { age: { gt: 2m } } }', false],
    ['{ time: { hours: "12:00-13:00", zone: UTC } }', true],
    ['{ time: { hours: "13:00-14:00", zone: UTC } }', false],
  ])('%s: %s', (when, expected) => {
    const message = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'list', arguments: { n: 2 }, _meta: { 'claudecode/toolUseId': 'toolu_1' } },
    };
    const session = { id: 's1', tags: ['x', 'ci'], startedAt: NOW - 60_000 };
    expect(matches(when, fromClient(message), { session })).toBe(expected);
  });

  it.each<[string, Partial<RuleContext>]>([
    ['{ session: { id: { glob: "*" } } }', { session: { id: null, tags: [], startedAt: null } }],
    ['{ session: { tags: { glob: "*" } } }', { session: { id: null, tags: [], startedAt: null } }],
    ['{ session: { age: { gt: 0s } } }', { session: { id: null, tags: [], startedAt: null } }],
  ])('%s does not hold if the session is unknown', (when, context) => {
    expect(matches(when, call('list'), context)).toBe(false);
  });

  it('ask an answer for its result, and for the params of its request', () => {
    const subject = answer({ content: [{ type: 'text', text: 'x'.repeat(30) }], _meta: { a: 1 } }, 'read', {
      path: '/a',
    });
    expect(matches('{ result: { "$.content[0].text": { length: { min: 30 } } } }', subject)).toBe(true);
    expect(matches('{ result: { $.content: { exists: true } }, params: { $.arguments.path: /a } }', subject)).toBe(
      true,
    );
    expect(matches('{ kind: response, tool: read, method: tools/call }', subject)).toBe(true);
    expect(matches('{ kind: response, meta: { a: 1 } }', subject)).toBe(true);
    expect(matches('{ kind: response, tool: write }', subject)).toBe(false);
  });

  it('know nothing of the request of an answer that has none', () => {
    const orphan = fromServer({ jsonrpc: '2.0', id: 9, result: {} });
    expect(matches('{ kind: response }', orphan)).toBe(true);
    expect(matches('{ kind: response, method: { glob: "*" } }', orphan)).toBe(false);
    expect(matches('{ kind: response, params: { $: { exists: true } } }', orphan)).toBe(false);
  });

  it('see requests to the Claude API, which have no bytes', () => {
    const message = { id: 1, method: '/v1/messages', params: { model: 'opus', messages: [{ role: 'user' }] } };
    const request = { sender: 'client' as const, bytes: Buffer.alloc(0), message };
    const context = { transport: 'api' as const, server: 'api.anthropic.com' };
    expect(matches('{ transport: api, params: { $.model: { glob: "opus*" } } }', request, context)).toBe(true);
    const response = {
      sender: 'server' as const,
      bytes: Buffer.alloc(0),
      message: { id: 1, result: { stop_reason: 'refusal' } },
      request: message,
    };
    expect(matches('{ transport: api, result: { $.stop_reason: refusal } }', response, context)).toBe(true);
  });
});
