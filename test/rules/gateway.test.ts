import { describe, expect, it } from 'vitest';
import type { RuleContext, RuleSubject } from '../../src/rules/index.js';
import { answer, CONTEXT, call, fromServer, gatewayEngine, hitsOf, stepsOf } from './support/decide.js';

const AT_GATEWAY: RuleContext = {
  ...CONTEXT,
  transport: 'http',
  http: {
    method: 'POST',
    path: '/mcp/tickets',
    headers: { 'x-team': 'blue', 'user-agent': 'agent/1', authorization: 'Bearer secret' },
    clientIp: '::ffff:10.1.2.3',
  },
  auth: { subject: 'ada', scopes: ['read', 'write'], claims: { groups: ['dev'], 'https://example.com/tier': 2 } },
};

function decide(when: string, then: string, subject: RuleSubject = call('list'), context: Partial<RuleContext> = {}) {
  return gatewayEngine(when, then).decide(subject, { ...AT_GATEWAY, ...context });
}

describe('conditions of the gateway', () => {
  it.each([
    ['{ http: { method: POST, path: { prefix: /mcp/ } } }', true],
    ['{ http: { path: /mcp/other } }', false],
    ['{ http: { header: { X-Team: blue } } }', true],
    ['{ http: { header: { x-team: { one_of: [red, green] } } } }', false],
    ['{ http: { header: { x-none: { exists: false } } } }', true],
    ['{ http: { header: { constructor: { exists: true } } } }', false],
    ['{ http: { client_ip: 10.0.0.0/8 } }', true],
    ['{ http: { client_ip: [192.168.0.0/16, 10.1.2.3] } }', true],
    ['{ http: { client_ip: [192.168.0.0/16, "::1", "fe80::/10"] } }', false],
    ['{ auth: { subject: ada } }', true],
    ['{ auth: { subject: { exists: false } } }', false],
    ['{ auth: { scopes: write } }', true],
    ['{ not: { auth: { scopes: admin } } }', true],
    ['{ auth: { claims: { groups: { contains: dev } } } }', true],
    ['{ auth: { claims: { "$.groups[*]": dev, "https://example.com/tier": { gt: 1 } } } }', true],
    ['{ auth: { claims: { groups: { contains: admin } } } }', false],
  ])('%s: %s', (when, expected) => {
    expect(decide(when, '[{ tag: t }]') !== null).toBe(expected);
  });

  it('know that a client did not authenticate', () => {
    const anonymous = { auth: null };
    expect(decide('{ auth: { subject: { exists: false } } }', '[{ tag: t }]', call('list'), anonymous)).not.toBeNull();
    for (const when of ['{ subject: { glob: "*" } }', '{ scopes: read }', '{ claims: { groups: { exists: true } } }']) {
      expect(decide(`{ auth: ${when} }`, '[{ tag: t }]', call('list'), anonymous)).toBeNull();
    }
  });

  it('hold for an answer by the request that gets it', () => {
    const when = '{ kind: response, auth: { subject: ada } }';
    expect(decide(when, '[{ tag: t }]', answer({ content: [] }))).not.toBeNull();
  });
});

describe('respond', () => {
  it('answers the HTTP request with templates, and ends', () => {
    const then =
      '[{ respond: { status: 451, headers: { X-Why: law }, body: { for: "{{ auth.subject }}", tool: "{{ request.params.name }}" } } }, { tag: t }]';
    const decision = decide('{ tool: list }', then);
    expect(hitsOf(decision)).toEqual([{ rule: 'r', action: 'respond', detail: '451' }]);
    expect(respondedBy(decision)).toEqual({
      do: 'respond',
      status: 451,
      headers: { 'content-type': 'application/json', 'x-why': 'law' },
      body: '{"for":"ada","tool":"list"}',
      rule: 'r',
    });
  });

  it('has a text, or nothing', () => {
    expect(respondedBy(decide('{}', '[{ respond: { status: 403, body: "no, {{ http.client_ip }}" } }]'))).toMatchObject(
      {
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: 'no, ::ffff:10.1.2.3',
      },
    );
    expect(respondedBy(decide('{}', '[{ respond: { status: 204 } }]'))).toMatchObject({ status: 204, body: '' });
  });

  it('shows no header of the client, such as its token', () => {
    const body = 'body: "{{ http.headers.authorization }}{{ http.authorization }}|"';
    expect(respondedBy(decide('{}', `[{ respond: { status: 200, ${body} } }]`))).toMatchObject({ body: '|' });
  });

  it('answers with 500 where its template fails: the server does not get the request', () => {
    const decision = decide(
      '{}',
      '[{ respond: { status: 200, body: "{{ request.params.name | divided_by: 0 | slice }}" } }]',
      {
        ...call('x'),
        bytes: Buffer.from(
          `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","a":"${'a'.repeat(1_000_001)}"}}`,
        ),
      },
    );
    expect(respondedBy(decision)).toMatchObject({ status: 500, body: '' });
    expect(hitsOf(decision)[0]?.detail).toContain('respond failed');
  });

  it('has no effect on messages of the server', () => {
    const decision = decide('{ kind: response }', '[{ respond: { status: 200 } }, { tag: t }]', answer({}));
    expect(stepsOf(decision)).toEqual([]);
    expect(hitsOf(decision).map(({ detail }) => detail)).toEqual([
      'respond had no effect: only messages of the client can be answered like this',
      't',
    ]);
  });
});

describe('redirect', () => {
  it('answers with another address', () => {
    expect(respondedBy(decide('{}', '[{ redirect: "https://new.example/mcp" }]'))).toMatchObject({
      status: 307,
      headers: { location: 'https://new.example/mcp' },
      body: '',
    });
    expect(respondedBy(decide('{}', '[{ redirect: { to: /mcp/new, status: 308 } }]'))).toMatchObject({ status: 308 });
  });
});

describe('set_header and remove_header', () => {
  it('change headers', () => {
    const then =
      '[{ set_header: { X-User: "{{ auth.subject }}", X-Kind: tool } }, { remove_header: [X-Debug, X-Team] }]';
    const decision = decide('{ tool: list }', then);
    expect(stepsOf(decision)).toEqual([
      { do: 'set_header', name: 'x-user', value: 'ada', rule: 'r' },
      { do: 'set_header', name: 'x-kind', value: 'tool', rule: 'r' },
      { do: 'remove_header', name: 'x-debug', rule: 'r' },
      { do: 'remove_header', name: 'x-team', rule: 'r' },
    ]);
    expect(hitsOf(decision).map(({ detail }) => detail)).toEqual(['x-user, x-kind', 'x-debug, x-team']);
  });

  it('remove a header whose value would not be valid: that of the client must not pass in its place', () => {
    const auth = { subject: 'ada\r\nX-Admin: 1', scopes: [], claims: {} };
    const decision = decide('{}', '[{ set_header: { X-User: "{{ auth.subject }}" } }]', call('list'), { auth });
    expect(stepsOf(decision)).toEqual([{ do: 'remove_header', name: 'x-user', rule: 'r' }]);
    expect(hitsOf(decision)[0]?.detail).toContain('x-user was removed: expected the value of a header');
  });
});

describe('a rule that cannot be evaluated at the gateway', () => {
  const deep = `${'['.repeat(1_000)}1${']'.repeat(1_000)}`;
  const nested = {
    ...call('x'),
    bytes: Buffer.from(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","a":${deep}}}`),
  };

  it('refuses the message if it could have blocked or changed it', () => {
    for (const action of ['block: { reason: no }', 'modify: { remove: "$..secret" }', 'respond: { status: 403 }']) {
      const decision = decide('{ params: { "$..secret": { exists: true } } }', `[{ ${action} }]`, nested);
      expect(stepsOf(decision)).toEqual([
        {
          do: 'answer',
          rule: 'r',
          bytes:
            '{"jsonrpc":"2.0","id":7,"error":{"code":-32050,"message":"The message could not be checked","data":{"rule":"r"}}}',
        },
      ]);
      expect(hitsOf(decision)[0]).toMatchObject({
        action: 'block',
        detail: expect.stringContaining('could not be evaluated'),
      });
    }
  });

  it('refuses a change that fails', () => {
    const decision = decide('{ tool: x }', '[{ modify: { remove: "$..secret" } }]', nested);
    expect(hitsOf(decision)).toEqual([
      { rule: 'r', action: 'modify', detail: expect.stringContaining('modify failed') },
    ]);
  });

  it('lets the message pass if it only marks it', () => {
    expect(decide('{ params: { "$..secret": { exists: true } } }', '[{ tag: t }]', nested)).toBeNull();
  });

  it('refuses messages that are too large to parse, of the methods and tools that it is about', () => {
    const large = (tool: string) => ({
      ...call(tool),
      bytes: Buffer.from(
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${tool}","a":[${'1,'.repeat(1_100_000)}1]}}`,
      ),
    });
    const when = '{ tool: x, params: { $.a: 5 } }';
    expect(stepsOf(decide(when, '[{ block: { reason: no } }]', large('x')))).toMatchObject([{ do: 'answer' }]);
    expect(decide(when, '[{ block: { reason: no } }]', large('y'))).toBeNull();
    expect(decide(when, '[{ tag: t }]', large('x'))).toBeNull();
  });

  it('drops a notification, and replaces an answer', () => {
    const note = fromServer(`{"jsonrpc":"2.0","method":"notifications/message","params":{"a":${deep}}}`);
    const when = (field: string) =>
      `{ kind: { one_of: [response, notification] }, ${field}: { "$..s": { exists: true } } }`;
    expect(stepsOf(decide(when('params'), '[{ block: { reason: no } }]', note))).toEqual([{ do: 'drop', rule: 'r' }]);
    const said = fromServer(`{"jsonrpc":"2.0","id":3,"result":{"a":${deep}}}`);
    expect(stepsOf(decide(when('result'), '[{ block: { reason: no } }]', said))).toMatchObject([
      { do: 'replace', bytes: expect.stringContaining('"id":3,"error"') },
    ]);
  });
});

function respondedBy(decision: Parameters<typeof stepsOf>[0]) {
  const step = decision?.steps.find(({ do: what }) => what === 'respond');
  return step?.do === 'respond' ? { ...step, body: Buffer.from(step.body).toString() } : undefined;
}
