import { describe, expect, it } from 'vitest';
import { importShadowcat, parseRules } from '../../src/rules/index.js';

function imported(conditions: unknown, ...actions: unknown[]) {
  const { rules, notes } = importShadowcat({
    version: '1.0',
    rules: [{ id: 'a', match_conditions: conditions, actions: actions.length > 0 ? actions : [BLOCK] }],
  });
  parseRules(JSON.stringify({ version: 1, rules }), 'imported');
  return { rule: rules[0], notes };
}

const BLOCK = { action_type: 'block', parameters: { reason: 'no' } };

describe('rules of Shadowcat', () => {
  it('are taken over as its plans show them', () => {
    const { rules, notes } = importShadowcat({
      version: '1.0',
      rules: [
        {
          id: 'block-admin-delete',
          name: 'Block admin delete operations',
          enabled: true,
          priority: 100,
          match_conditions: {
            operator: 'and',
            method: { match_type: 'exact', value: 'admin/delete', case_sensitive: true },
            transport: 'Stdio',
          },
          actions: [{ action_type: 'block', parameters: { reason: 'Admin delete operations are not allowed' } }],
          description: 'Blocks all admin delete operations for security',
          tags: ['security', 'admin'],
        },
      ],
    });
    expect(notes).toEqual([]);
    expect(rules).toEqual(
      parseRules(
        `version: 1
rules:
  - id: block-admin-delete
    name: Block admin delete operations
    description: Blocks all admin delete operations for security
    tags: [security, admin]
    priority: 100
    when: { method: { equals: admin/delete }, transport: stdio }
    then: [{ block: { reason: Admin delete operations are not allowed } }]`,
        'r',
      ).rules,
    );
  });

  it.each([
    [{ method: 'tools/call' }, { method: 'tools/call' }],
    [{ method: { match_type: 'prefix', value: 'tools/' } }, { method: { prefix: 'tools/' } }],
    [{ method: { match_type: 'Contains', value: 'a.b', case_sensitive: false } }, { method: { regex: '(?i)a\\.b' } }],
    [{ method: { match_type: 'exact', value: 'A', case_sensitive: false } }, { method: { regex: '(?i)^A$' } }],
    [{ method: { match_type: 'regex', value: '^a' } }, { method: { regex: '^a' } }],
    [
      { method: 'x', direction: 'ClientToServer' },
      { method: 'x', direction: 'client_to_server' },
    ],
    [{ message_type: 'Response' }, { kind: 'response' }],
    [
      { method: 'x', session: { tags: ['debug'] } },
      { method: 'x', session: { tags: { one_of: ['debug'] } } },
    ],
    [
      { method: 'x', params: { '$.name': 'list' } },
      { method: 'x', params: { '$.name': 'list' } },
    ],
    [
      { method: 'x', params: [{ path: 'arguments.a', match_type: 'suffix', value: 'z' }] },
      { method: 'x', params: { '$.arguments.a': { suffix: 'z' } } },
    ],
    [{ operator: 'or', method: 'x', transport: 'http' }, { any: [{ method: 'x' }, { transport: 'http' }] }],
    [{ operator: 'not', method: 'x' }, { not: { method: 'x' } }],
    [
      { operator: 'and', conditions: [{ method: 'x' }, { operator: 'not', conditions: [{ transport: 'sse' }] }] },
      { all: [{ method: 'x' }, { not: { transport: 'sse' } }] },
    ],
    [{ transport: 'stdio' }, { direction: { one_of: ['client_to_server', 'server_to_client'] }, transport: 'stdio' }],
  ])('have the conditions %j', (given, when) => {
    expect(imported(given)).toMatchObject({ rule: { when }, notes: [] });
  });

  it.each([
    [{ type: 'pause', parameters: { timeout_ms: 500 } }, [{ pause: { limit_ms: 500 } }]],
    [
      { action_type: 'delay', parameters: { duration_ms: 100, jitter_percent: 20 } },
      [{ delay: { ms: 100, jitter: 0.2 } }],
    ],
    [{ action_type: 'log', parameters: { message: 'seen' } }, [{ tag: 'seen' }]],
    [{ action_type: 'mock', parameters: { response: { result: { a: 1 } } } }, [{ mock: { result: { a: 1 } } }]],
    [
      { action_type: 'mock', parameters: { delay_ms: 5, response: { error: { code: -1, message: 'x' } } } },
      [{ delay: { ms: 5 } }, { mock: { error: { code: -1, message: 'x' } } }],
    ],
    [
      {
        action_type: 'advanced_modify',
        parameters: {
          modifications: [
            { operation: 'set', path: '$.params.a', value: 1 },
            { operation: 'remove', path: '$.result.b' },
          ],
        },
      },
      [{ modify: { set: { '$.a': 1 }, remove: ['$.b'] } }],
    ],
    [
      { action_type: 'modify', parameters: { changes: [{ SetField: { path: '$.params.a', value: 1 } }] } },
      [{ modify: { set: { '$.a': 1 } } }],
    ],
    [
      { action_type: 'fault', parameters: { fault_type: 'RateLimit', delay_ms: 5 } },
      [{ fault: { kind: 'rate_limit', after_ms: 5 } }],
    ],
  ])('have the actions %j', (given, then) => {
    expect(imported({ method: 'x' }, given)).toMatchObject({ rule: { then }, notes: [] });
  });

  it('are switched off where a condition is missing, since they would match more', () => {
    const { rule, notes } = imported({ method: 'x', http_path: { match_type: 'prefix', value: '/admin' } });
    expect(rule).toMatchObject({ enabled: false, when: { method: 'x' } });
    expect(notes).toEqual(['a: the condition http_path has no counterpart: the rule is switched off']);
  });

  it.each([
    [{ match_type: 'fuzzy', value: 'a' }, undefined, '"fuzzy" is not known'],
    [[{ match_type: 'exact', value: 'a' }], undefined, 'a condition of params has no path'],
    [{ a: { match_type: 'fuzzy', value: 'b' }, b: 'c' }, { '$.b': 'c' }, '"fuzzy" is not known'],
  ])('are switched off with a note where params are %j', (params, expected, note) => {
    const { rule, notes } = imported({ method: 'x', params });
    expect(rule).toMatchObject({ enabled: false });
    expect(rule?.when).toEqual({ method: 'x', ...(expected && { params: expected }) });
    expect(notes).toContain(`a: ${note}: the rule is switched off`);
  });

  it('drop the test of a session or a list that cannot be converted', () => {
    const session = { id: { match_type: 'fuzzy', value: 'a' } };
    const { rule, notes } = imported({ method: 'x', session, conditions: ['y'] });
    expect(rule).toMatchObject({ enabled: false, when: { method: 'x' } });
    expect(rule?.when).not.toHaveProperty('session');
    expect(notes).toContain('a: one of the conditions is no object: the rule is switched off');
  });

  it('name what has no counterpart', () => {
    const { rule, notes } = imported(
      { method: 'x' },
      BLOCK,
      { action_type: 'chain' },
      { action_type: 'modify', parameters: { changes: [{ type: 'set', path: '$.method', value: 'y' }] } },
    );
    expect(JSON.stringify(rule?.then)).toBe('[{"block":{"reason":"no"}}]');
    expect(notes).toEqual([
      'a: the action "chain" has no counterpart',
      'a: the change of "$.method" has no counterpart',
    ]);
    expect(importShadowcat({ rules: [{ id: 'b', actions: [{ action_type: 'continue' }] }] })).toEqual({
      rules: [],
      notes: ['b: left out, since no action is left'],
    });
  });

  it('get ids that are free', () => {
    const { rules } = importShadowcat({
      rules: [{ id: 'a b', actions: [BLOCK] }, { name: '!a b', actions: [BLOCK] }, { actions: [BLOCK] }],
    });
    expect(rules.map(({ id }) => id)).toEqual(['a-b', 'a-b-2', 'rule-3']);
  });

  it.each([
    null,
    5,
    'x',
    [],
    {},
    { rules: 5 },
    { rules: [null, 5, { actions: 'x' }] },
    { rules: [{ match_conditions: [], actions: [{}] }] },
  ])('are not found in %j', (document) => {
    expect(importShadowcat(document).rules).toEqual([]);
  });
});
