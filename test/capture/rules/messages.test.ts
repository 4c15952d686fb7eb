import { describe, expect, it } from 'vitest';
import type { McpSender } from '../../../src/model/mcp.js';
import type { McpLine, McpRuling } from '../../../src/wire/index.js';
import * as http from '../mcp/support/recorded.js';
import { configured } from './support.js';

const HOSTILE = '\u001b]52;c;aGk=\u0007\u202e</script>';

function ruling(values: Partial<McpRuling> = {}): McpRuling {
  return { original: null, made: false, dropped: false, heldMs: 0, hits: [], redactions: [], ...values };
}

/** A recorded connection of a shim. Messages are given as JSON, or as text. */
function connected({ rules = null as ReturnType<typeof configured> | null, synthetic = false } = {}) {
  const made = http.recorded({ rules });
  let n = 0;
  made.recorder.handle({
    type: 'mcp_opened',
    exchange: ulid(n++),
    connection: '01hconnection0000000000000',
    name: 'tickets',
    scope: 'project',
    target: 'tickets',
    sessionId: 'session-1',
    at: 1_000,
    ...(synthetic && { synthetic }),
  });
  function says(sender: McpSender, said: unknown, ruled?: McpRuling): void {
    const bytes = Buffer.from(typeof said === 'string' ? said : JSON.stringify(said));
    const line: McpLine = { sender, bytes, size: bytes.length, truncated: false, at: 1_000 + n };
    const lines = [ruled === undefined ? line : { ...line, ruled }];
    made.recorder.handle({
      type: 'mcp_lines',
      exchange: ulid(n++),
      connection: '01hconnection0000000000000',
      at: 1,
      lines,
    });
  }
  return {
    ...made,
    says,
    stored: () =>
      JSON.stringify(made.jobs, (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value)),
  };
}

const ulid = (n: number) => `01hrecord00000000000000${String(n).padStart(3, '0')}`;
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'find', arguments: { q: 'x' } } };
const answer = (text: string, id = 1) => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
const textOf = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString() : null);
const of = (said: unknown) => Buffer.from(JSON.stringify(said));

describe('a message that rules on its way changed', () => {
  it('is stored as it was sent and as it was received, and its call is altered', () => {
    const { says, messages, calls, hits } = connected();
    says('client', CALL);
    says(
      'server',
      answer('short'),
      ruling({ original: of(answer('long')), hits: [{ rule: 'cut', action: 'modify', detail: HOSTILE }] }),
    );
    const [call, changed] = messages();
    expect(call).toMatchObject({ altered: false, original: null });
    expect([textOf(changed?.bytes), textOf(changed?.original)]).toEqual([
      JSON.stringify(answer('short')),
      JSON.stringify(answer('long')),
    ]);
    expect(changed).toMatchObject({ altered: true, synthetic: false, dropped: false, method: 'tools/call' });
    expect(calls()).toMatchObject([{ state: 'ok', altered: true, tokensSaid: 'short'.length }]);
    expect(hits()).toEqual([{ of: changed?.id, rule: 'cut', action: 'modify', detail: HOSTILE }]);
  });

  it('keeps the name under which the client asked', () => {
    const { says, calls } = connected();
    const changed = { ...CALL, params: { ...CALL.params, name: 'other' } };
    says('client', changed, ruling({ original: of(CALL), hits: [{ rule: 'r', action: 'modify', detail: null }] }));
    expect(calls()).toMatchObject([{ name: 'find', altered: true }]);
  });

  it.each([
    ['delayed', 'delay', true],
    ['paused', 'pause', true],
    ['only tagged', 'tag', false],
    ['only alerted', 'alert', false],
    ['only redacted', 'redact', false],
  ] as const)('and one that was %s: altered or not', (_, action, altered) => {
    const { says, messages, calls } = connected();
    says('client', CALL, ruling({ hits: [{ rule: 'r', action, detail: null }] }));
    expect(messages()).toMatchObject([{ altered, original: null }]);
    expect(calls()).toMatchObject([{ altered }]);
  });

  it('was held on its way: the call counts from when the client sent it to when the client got the answer', () => {
    const { says, messages, calls } = connected();
    says('client', CALL, ruling({ heldMs: 500, hits: [{ rule: 'r', action: 'delay', detail: null }] }));
    says('server', answer('late'), ruling({ heldMs: 40 }));
    const [asked, answered] = messages();
    expect([asked?.altered, answered?.altered]).toEqual([true, true]);
    expect(calls()).toMatchObject([{ sentAt: (asked?.at ?? 0) - 500, answeredAt: answered?.at, altered: true }]);
  });

  it('was only held behind another one: its call is altered, too', () => {
    const { says, calls } = connected();
    says('client', CALL);
    says('server', answer('late'), ruling({ heldMs: 40 }));
    expect(calls()).toMatchObject([{ state: 'ok', altered: true }]);
  });

  it('is the answer to a request that no server got: synthetic, with one list of hits', () => {
    const { says, messages, calls, hits } = connected();
    const mock = [{ rule: 'm', action: 'mock', detail: null } as const];
    says('client', CALL, ruling({ dropped: true, hits: mock }));
    says('server', answer('made'), ruling({ made: true, hits: mock }));
    expect(messages()).toMatchObject([
      { altered: true, dropped: true, synthetic: false },
      { altered: false, dropped: false, synthetic: true },
    ]);
    expect(calls()).toMatchObject([{ state: 'ok', altered: true }]);
    expect(hits()).toHaveLength(1);
  });

  it('is an answer that the client never got: its call goes on until the client gives up', () => {
    const { says, messages, calls } = connected();
    says('client', CALL);
    says(
      'server',
      answer('lost'),
      ruling({ dropped: true, hits: [{ rule: 'f', action: 'fault', detail: 'timeout' }] }),
    );
    expect(calls()).toMatchObject([{ state: 'open', altered: true, answeredAt: null }]);
    says('client', {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1, reason: 'Request timed out' },
    });
    expect(calls()).toMatchObject([{ state: 'timeout', altered: true, answer: null }]);
    expect(messages()[1]).toMatchObject({ dropped: true, method: 'tools/call' });
  });

  it('is no JSON any more: what was sent is still there', () => {
    const { says, messages } = connected();
    says('client', CALL);
    says(
      'server',
      '{"jsonrpc":"2.0","id":1,"res',
      ruling({ original: of(answer('whole')), hits: [{ rule: 'f', action: 'fault', detail: null }] }),
    );
    expect(messages()[1]).toMatchObject({ kind: 'malformed', altered: true });
    expect(textOf(messages()[1]?.original)).toBe(JSON.stringify(answer('whole')));
  });

  it('is a batch of which a part was taken out', () => {
    const { says, messages, hits } = connected();
    const batch = [CALL, { ...CALL, id: 2 }];
    says('client', [CALL], ruling({ original: of(batch), hits: [{ rule: 'b', action: 'block', detail: null }] }));
    expect(messages()).toMatchObject([{ kind: 'request', altered: true }]);
    expect(textOf(messages()[0]?.original)).toBe(JSON.stringify(batch));
    says('client', batch, ruling({ hits: [{ rule: 't', action: 'tag', detail: 'x' }] }));
    expect(hits().map(({ rule }) => rule)).toEqual(['b', 't']);
  });

  it('defines no tool: drift is about what servers say', () => {
    const list = (description: string) => ({
      jsonrpc: '2.0',
      id: 7,
      result: { tools: [{ name: 'find', description }] },
    });
    const { says, definitions } = connected();
    const ask = { jsonrpc: '2.0', id: 7, method: 'tools/list' };
    says('client', ask);
    says(
      'server',
      list('changed'),
      ruling({ original: of(list('own')), hits: [{ rule: 'r', action: 'modify', detail: null }] }),
    );
    expect(definitions()).toEqual([]);
    says('client', ask);
    says('server', list('own'), ruling({ hits: [{ rule: 'r', action: 'delay', detail: null }] }));
    expect(definitions()).toMatchObject([{ name: 'find', bytesSaid: 3 }]);
  });
});

it('what a replay answers is synthetic, and so no figure and no definition', () => {
  const { says, connections, messages, calls, definitions } = connected({ synthetic: true });
  says('client', CALL);
  says('server', answer('replayed'));
  says('client', { jsonrpc: '2.0', id: 2, method: 'tools/list' });
  says('server', { jsonrpc: '2.0', id: 2, result: { tools: [{ name: 'find' }] } });
  expect(connections()).toMatchObject([{ synthetic: true }]);
  expect(messages().map(({ sender, synthetic }) => [sender, synthetic])).toEqual([
    ['client', false],
    ['server', true],
    ['client', false],
    ['server', true],
  ]);
  expect(calls()).toMatchObject([{ state: 'ok', altered: true }]);
  expect(definitions()).toEqual([]);
});

describe('rules of the configuration', () => {
  it('tag and alert by what is asked and what is answered, in any session with a tag', () => {
    const rules = configured(`[
      { id: 'finds', when: { tool: 'find' }, then: [{ tag: 'finding' }] },
      { id: 'errors', when: { result: { $: { exists: true } }, tool: 'find' }, then: [{ alert: 'a result' }] },
      { id: 'again', when: { session: { tags: 'finding' }, method: 'ping' }, then: [{ tag: 'later' }] },
      { id: 'elsewhere', when: { server: 'other' }, then: [{ tag: 'never' }] },
    ]`);
    const { says, hits, messages, calls } = connected({ rules });
    says('client', { jsonrpc: '2.0', id: 9, method: 'ping' });
    says('client', CALL);
    says('server', answer('x'));
    says('client', { jsonrpc: '2.0', id: 10, method: 'ping' });
    expect(hits().map(({ rule, action, detail }) => [rule, action, detail])).toEqual([
      ['finds', 'tag', 'finding'],
      ['errors', 'alert', 'a result'],
      ['again', 'tag', 'later'],
    ]);
    expect(messages().some(({ altered, redacted }) => altered || redacted)).toBe(false);
    expect(calls()).toMatchObject([{ altered: false }]);
  });

  it('redact a value wherever it comes again, also before a rule changed it, also as a name, also a short one', () => {
    const secret = 'jane.doe@example.com';
    const rules = configured(`[
      { id: 'mail', when: { server: 'tickets' }, then: [{ redact: ['$.mail', '$.arguments.mail', '$.uri', '$.pin'] }] },
    ]`);
    const { says, stored, messages, calls } = connected({ rules });
    says('client', { ...CALL, params: { name: 'find', arguments: { mail: secret } } });
    says(
      'server',
      {
        jsonrpc: '2.0',
        id: 1,
        result: { mail: 'changed', content: [{ type: 'text', text: `to ${secret}` }], isError: false },
      },
      ruling({
        original: of({ jsonrpc: '2.0', id: 1, result: { mail: secret, pin: 1234, content: [] } }),
        hits: [{ rule: 'r', action: 'modify', detail: `was ${secret}` }],
      }),
    );
    says('client', { jsonrpc: '2.0', id: 2, method: 'resources/read', params: { uri: 'a:b' } });
    says('server', `no JSON, but ${secret}`);
    expect(stored()).not.toMatch(/jane|1234|"a:b"/);
    expect(messages().map(({ redacted }) => redacted)).toEqual([true, true, true, true]);
    expect(JSON.parse(textOf(messages()[1]?.bytes) ?? '').result.content[0].text).toBe('to [redacted]');
    expect(calls().map(({ name }) => name)).toEqual(['find', '[redacted]']);
    // Figures are of what the server said.
    expect(calls()[0]).toMatchObject({ altered: true, tokensSaid: `to ${secret}`.length });
  });

  it('redact what is too large to read, or cut', () => {
    const rules = configured(
      `[{ id: 'all', when: { direction: 'server_to_client' }, then: [{ redact: '$.secret' }] }]`,
    );
    const { says, stored } = connected({ rules });
    says('client', CALL);
    const wide = Array.from({ length: 600_000 }, () => 1);
    says('server', { jsonrpc: '2.0', id: 1, result: { secret: 'hunter-two-secret', wide } });
    expect(stored()).not.toContain('hunter');
  });
});

describe('redactions of rules on the way', () => {
  const redactions = ["$['result']['content'][0]['text']"];

  it('are applied to what was sent and to what was received', () => {
    const { says, stored, messages } = connected({ rules: configured(null, true) });
    says('client', CALL);
    says(
      'server',
      answer('secret text one'),
      ruling({
        original: of(answer('secret text two')),
        redactions,
        hits: [{ rule: 'r', action: 'redact', detail: null }],
      }),
    );
    expect(stored()).not.toContain('secret text');
    expect(JSON.parse(textOf(messages()[1]?.original) ?? '')).toEqual(answer('[redacted]'));
  });

  it('keep nothing of a message where the rules are not loaded', () => {
    const { says, stored, messages } = connected();
    says('client', CALL);
    says('server', answer('secret text one'), ruling({ redactions }));
    expect(stored()).not.toContain('secret text');
    expect(messages()[1]).toMatchObject({ redacted: true, bytes: Buffer.from('"[redacted]"') });
  });
});

describe('over HTTP', () => {
  const line = (sender: McpSender, said: unknown, values: Partial<McpRuling>) => {
    const bytes = of(said);
    return { sender, bytes, size: bytes.length, truncated: false, at: 5, ruled: ruling(values) };
  };
  const hits = [{ rule: 'r', action: 'modify', detail: null } as const];

  it('messages of bodies have what rules did with them, in order, and dropped answers are messages, too', () => {
    const made = http.recorded();
    const { recorder } = made;
    const id = '01hexchange000000000000000';
    const sent = { ...CALL, params: { name: 'find' } };
    const [head, ...rest] = http.request({ id, body: CALL });
    const at = 5;
    if (head === undefined) throw new Error('a head');
    http.play(
      made,
      head,
      { type: 'mcp_ruled', exchange: id, at, line: line('client', CALL, { original: of(sent), hits }) },
      ...rest,
    );
    recorder.http(http.responseHead(id, { headers: http.EVENT_STREAM }));
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };
    recorder.http({
      type: 'mcp_ruled',
      exchange: id,
      at,
      line: line('server', progress, { dropped: true, hits: [{ rule: 'd', action: 'block', detail: null }] }),
    });
    recorder.http({
      type: 'mcp_ruled',
      exchange: id,
      at,
      line: line('server', answer('after'), { original: of(answer('before')), hits }),
    });
    const chunk = http.event(answer('after'));
    recorder.http(http.responseBody(id, chunk));
    http.play(made, ...http.responseEnd(id, { chunks: [chunk] }));
    expect(made.said()).toEqual([
      'client request tools/call',
      'server notification notifications/progress',
      'server response tools/call',
    ]);
    const [asked, dropped, answered] = made.messages();
    expect(asked).toMatchObject({ altered: true, exchange: id });
    expect(textOf(asked?.original)).toBe(JSON.stringify(sent));
    expect(dropped).toMatchObject({ dropped: true, altered: true });
    expect(textOf(answered?.original)).toBe(JSON.stringify(answer('before')));
    expect(made.hits().map(({ of: message, rule }) => [message, rule])).toEqual([
      [asked?.id, 'r'],
      [dropped?.id, 'd'],
      [answered?.id, 'r'],
    ]);
    expect(made.calls()).toMatchObject([{ state: 'ok', altered: true }]);
  });

  it('rules of the configuration act as well', () => {
    const rules = configured(`[{ id: 'asks', when: { transport: 'http', tool: 'find' }, then: [{ alert: 'asked' }] }]`);
    const made = http.recorded({ rules });
    const id = '01hexchange000000000000001';
    http.play(
      made,
      ...http.request({ id, body: CALL }),
      ...http.response(id, { chunks: [JSON.stringify(answer('x'))] }),
    );
    expect(made.hits()).toMatchObject([{ rule: 'asks', action: 'alert', detail: 'asked' }]);
  });
});
