import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpEvent } from '../../../src/wire/index.js';
import { modernServer } from '../../mcp/support/modern-server.js';
import { legacySession, modernSession } from '../../mcp/support/sdk-clients.js';
import { served, streamableServer } from '../../mcp/support/sdk-http-servers.js';
import { MCP_HEADERS, scriptedUpstream } from '../support/raw-http.js';
import { runningGateway } from '../support/running-gateway.js';

async function rulesFile(rules: string) {
  const folder = await mkdtemp(join(tmpdir(), 'policy-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'rules.yaml');
  const write = (text: string) => writeFile(file, `version: 1\nrules:\n${text}`);
  await write(rules);
  return { file, write };
}

/** A gateway before an upstream, with rules. @param rules below `rules:` */
async function ruled(upstream: string, rules: string, more: object = {}) {
  const { file, write } = await rulesFile(rules);
  const config = { rules: file, routes: { sums: { upstreams: [{ url: upstream, ...more }] } } };
  const running = await runningGateway(config);
  return { ...running, url: running.url('sums'), write, again: () => running.reload(config) };
}

const sdkUpstream = (enableJsonResponse = false) => served(streamableServer([], { enableJsonResponse }));

async function connected(url: string, onElicit?: () => void) {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => {
    onElicit?.();
    return { action: 'accept', content: { name: 'Ada' } };
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport);
  onTestFinished(() => client.close());
  return client;
}

const add = (client: Client, a = 1, b = 2) => client.callTool({ name: 'add', arguments: { a, b } });

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Answers each request of a body with its params. */
const echo = (response: ServerResponse, { body }: { body: string }) => {
  const messages = JSON.parse(body);
  const answers = [messages].flat().map(({ id, params }) => ({ jsonrpc: '2.0', id, result: { params } }));
  json(response, Array.isArray(messages) ? answers : answers[0]);
};

function post(url: string, message: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...MCP_HEADERS, ...headers },
    body: JSON.stringify(message),
    ...(signal && { signal }),
  });
}

const call = (name: string, args: object = {}, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

const EVERYTHING = '{ direction: { one_of: [client_to_server, server_to_client] } }';

describe('rules that only mark messages', () => {
  const mark = `- { id: t, when: ${EVERYTHING}, then: [{ tag: t }] }`;

  it.each([
    ['events', false],
    ['documents', true],
  ])('leave a session as it is, in %s', async (_, isJson) => {
    const direct = await sdkUpstream(isJson);
    const { url, factsOf } = await ruled(await sdkUpstream(isJson), mark);
    const tools = isJson ? ['add', 'fail'] : ['add', 'fail', 'work', 'ask'];
    const [wanted, given] = [await legacySession(direct, tools), await legacySession(url, tools)];
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
    expect(factsOf('decision').length).toBeGreaterThan(5);
    expect(factsOf('upstream_error')).toEqual([]);
  });

  it('leave a session of 2026-07-28 as it is', async () => {
    const server = await served(modernServer());
    const { url } = await ruled(server, mark);
    const tools = ['add', 'ask'];
    const [wanted, given] = [await modernSession(server, tools), await modernSession(url, tools)];
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
  });
});

describe('requests', () => {
  it('are blocked, and the server does not get them', async () => {
    const { url: direct, requests } = await scriptedUpstream(echo);
    const rules = '- { id: no-delete, when: { tool: { glob: "*delete*" } }, then: [{ block: { reason: not here } }] }';
    const { url, factsOf } = await ruled(direct, rules);
    const blocked = await post(url, call('delete_all', {}, 7));
    expect([blocked.status, await blocked.json()]).toEqual([
      200,
      { jsonrpc: '2.0', id: 7, error: { code: -32050, message: 'not here', data: { rule: 'no-delete' } } },
    ]);
    expect((await post(url, call('list'))).status).toBe(200);
    expect(requests).toHaveLength(1);
    expect(factsOf('decision')).toMatchObject([
      { route: 'sums', rule: 'no-delete', action: 'block', detail: 'not here', subject: null, ip: '127.0.0.1' },
    ]);
    expect(factsOf('request_ended').map(({ outcome }) => outcome)).toEqual(['ruled', 'ok']);
  });

  it('are answered by respond and redirect', async () => {
    const { url: direct, requests } = await scriptedUpstream(echo);
    const { url } = await ruled(
      direct,
      `- { id: a, when: { http: { header: { user-agent: old } } }, then: [{ respond: { status: 426, headers: { x-why: age }, body: { error: "{{ http.path }}" } } }] }
- { id: b, when: { tool: moved, http: { client_ip: 127.0.0.0/8 } }, then: [{ redirect: /mcp/new }] }
- { id: c, when: { auth: { subject: { exists: false } }, tool: secret }, then: [{ respond: { status: 403 } }] }`,
    );
    const old = await post(url, call('list'), { 'user-agent': 'old' });
    expect([old.status, old.headers.get('x-why'), await old.json()]).toEqual([426, 'age', { error: '/mcp/sums' }]);
    const moved = await post(url, call('moved'));
    expect([moved.status, moved.headers.get('location')]).toEqual([307, '/mcp/new']);
    expect((await post(url, call('secret'))).status).toBe(403);
    expect(requests).toEqual([]);
  });

  it('are changed, and headers that repeat the body with them', async () => {
    const { url: direct, requests } = await scriptedUpstream(echo);
    const { url } = await ruled(
      direct,
      '- { id: a, when: { tool: old }, then: [{ modify: { set: { $.name: "néw", $.arguments.limit: 5 } } }] }',
    );
    const message = call('old', { big: 1, limit: 3 });
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const headers = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'old',
      'mcp-param-limit': '3',
    };
    const answer = await post(url, { ...message, params: { ...message.params, _meta: meta } }, headers);
    expect(await answer.json()).toMatchObject({ result: { params: { name: 'néw', arguments: { big: 1, limit: 5 } } } });
    expect(requests[0]?.headers).toMatchObject({
      'mcp-name': `=?base64?${Buffer.from('néw').toString('base64')}?=`,
      'mcp-method': 'tools/call',
      'mcp-param-limit': '5',
      'content-length': String(Buffer.byteLength(requests[0]?.body ?? '')),
    });
  });

  it('get changed headers, and so do their answers', async () => {
    const { url: direct, requests } = await scriptedUpstream(echo);
    const { url } = await ruled(
      direct,
      `- { id: a, when: { tool: list }, then: [{ set_header: { X-Route: "{{ server }} from {{ http.client_ip }}" } }, { remove_header: x-debug }] }
- { id: b, when: { kind: response, tool: list }, then: [{ set_header: { X-Checked: "yes" } }, { remove_header: cache-control }] }`,
      { forward_headers: ['x-route', 'x-debug'] },
    );
    const answer = await post(url, call('list'), { 'x-route': 'made up', 'x-debug': '1' });
    expect(requests[0]?.headers).toMatchObject({ 'x-route': 'sums from 127.0.0.1' });
    expect(requests[0]?.headers).not.toHaveProperty('x-debug');
    expect(answer.headers.get('x-checked')).toBe('yes');
  });

  it('of a batch are decided one by one', async () => {
    const { url: direct, requests } = await scriptedUpstream(echo);
    const { url } = await ruled(
      direct,
      `- { id: a, when: { tool: no }, then: [{ block: { reason: no } }] }
- { id: b, when: { tool: gone }, then: [{ respond: { status: 410 } }] }`,
    );
    const answers: unknown = await (await post(url, [call('no', {}, 1), call('list', {}, 2)])).json();
    expect(answers).toEqual([
      { jsonrpc: '2.0', id: 2, result: { params: { name: 'list', arguments: {} } } },
      expect.objectContaining({ id: 1, error: expect.objectContaining({ message: 'no' }) }),
    ]);
    expect(requests.map(({ body }) => JSON.parse(body))).toEqual([[call('list', {}, 2)]]);
    expect((await post(url, [call('list'), call('gone')])).status).toBe(410);
    expect(requests).toHaveLength(1);
  });

  it('are mocked and delayed, and hold no others', async () => {
    const { url } = await ruled(
      await sdkUpstream(),
      `- { id: m, when: { tool: add, params: { $.arguments.a: 7 } }, then: [{ mock: { result: { content: [{ type: text, text: "{{ request.params.arguments.b }}!" }] } } }] }
- { id: d, when: { tool: add, params: { $.arguments.a: 8 } }, then: [{ delay: { ms: 700 } }] }`,
    );
    const client = await connected(url);
    expect(await add(client, 7, 5)).toMatchObject({ content: [{ text: '5!' }] });
    const started = performance.now();
    const order: string[] = [];
    await Promise.all([
      add(client, 8, 1).then(() => order.push('delayed')),
      add(client, 1, 1).then(() => order.push('other')),
    ]);
    expect(order).toEqual(['other', 'delayed']);
    expect(performance.now() - started).toBeGreaterThan(650);
  });

  it('that a client gives up while they are held never reach the server', async () => {
    const { url: direct, requests } = await scriptedUpstream(echo);
    const { url, factsOf } = await ruled(direct, '- { id: d, when: { tool: slow }, then: [{ delay: { ms: 500 } }] }');
    const gone = new AbortController();
    const asked = post(url, call('slow'), {}, gone.signal).catch(() => null);
    await expect.poll(() => factsOf('decision')).toHaveLength(1);
    gone.abort();
    expect(await asked).toBeNull();
    await new Promise((wake) => setTimeout(wake, 700));
    expect(requests).toEqual([]);
  });
});

describe('faults', () => {
  const faults = ['timeout, after_ms: 50', 'malformed', 'rate_limit, retry_after_ms: 1500', 'close', 'timeout'];
  const rules = faults.map(
    (fault, n) => `- { id: f${n}, when: { tool: f${n} }, then: [{ fault: { kind: ${fault} } }] }`,
  );

  it('are those of a bad server', async () => {
    const { url: direct, requests } = await scriptedUpstream(echo);
    const { url } = await ruled(direct, rules.join('\n'));
    expect(await (await post(url, call('f0'))).json()).toMatchObject({ error: { code: -32001 } });
    const cut = await (await post(url, call('f1'))).text();
    expect(() => JSON.parse(cut)).toThrow();
    const limited = await post(url, call('f2'));
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await limited.json()).toMatchObject({ error: { code: -32051 } });
    await expect(post(url, call('f3'))).rejects.toThrow();
    await expect(post(url, call('f4'), {}, AbortSignal.timeout(300))).rejects.toThrow('timeout');
    expect(requests).toEqual([]);
  });

  it('timeout of an answer holds nothing once the client has left', async () => {
    const { url: direct } = await scriptedUpstream(echo);
    const { url, factsOf } = await ruled(
      direct,
      '- { id: t, when: { kind: response, tool: list }, then: [{ fault: { kind: timeout } }] }',
    );
    await expect(post(url, call('list'), {}, AbortSignal.timeout(300))).rejects.toThrow('timeout');
    await expect.poll(() => factsOf('upstream_answered')).toMatchObject([{ status: 200 }]);
  });

  it('slow lets an answer pass at its speed', async () => {
    const { url: direct } = await scriptedUpstream(echo);
    const { url } = await ruled(
      direct,
      '- { id: s, when: { kind: response, tool: list }, then: [{ fault: { kind: slow, bytes_per_second: 400 } }] }',
    );
    const started = performance.now();
    const text = await (await post(url, call('list', { a: 'x'.repeat(150) }))).text();
    expect(JSON.parse(text)).toMatchObject({ id: 1 });
    expect(performance.now() - started).toBeGreaterThan(text.length * 2);
  });
});

describe('an answer whose type misleads', () => {
  const RULE = '- { id: r, when: { kind: response, tool: list }, then: [{ modify: { set: { "$.secret": hidden } } }] }';
  const DOCUMENT = '{"jsonrpc":"2.0","id":1,"result":{"secret":"shown"}}';
  const EVENT = `event: message\ndata: ${DOCUMENT}\n\n`;

  it.each([
    ['text/plain', DOCUMENT],
    ['x; application/json', DOCUMENT],
    ['application/jsonx', DOCUMENT],
    ['x; text/event-stream', EVENT],
    ['Text/Event-Stream', EVENT],
  ])('is checked: %s', async (type, body) => {
    const { url: direct } = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const { url } = await ruled(direct, RULE);
    const text = await (await post(url, call('list'))).text();
    expect(text).toContain('hidden');
    expect(text).not.toContain('shown');
  });

  it.each([
    ['two types', ['application/json; x=text/event-stream']],
    ['two headers', ['text/plain', 'text/event-stream']],
  ])('is refused: %s', async (_what, types) => {
    const { url: direct } = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': types }).end(EVENT);
    });
    const { url } = await ruled(direct, RULE);
    const answer = await post(url, call('list'));
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain('shown');
  });

  const QUIET =
    '- { id: q, when: { method: notifications/message }, then: [{ modify: { set: { "$.data": hidden } } }] }';
  const NOTE = 'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"shown"}}\n\n';

  it.each([
    ['text/plain', 200, 'hidden'],
    ['application/json', 502, ''],
  ])('is checked as events, or refused, if it answers GET: %s', async (type, status, expected) => {
    const { url: direct } = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': type }).end(NOTE);
    });
    const { url } = await ruled(direct, QUIET);
    const answer = await fetch(url, { headers: { accept: 'text/event-stream' } });
    const text = await answer.text();
    expect(answer.status).toBe(status);
    expect(text).toContain(expected);
    expect(text).not.toContain('shown');
  });

  it('passes if it is not a message', async () => {
    const { url: direct } = await scriptedUpstream((response) => {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<p>{');
    });
    const { url } = await ruled(direct, RULE);
    const answer = await post(url, call('list'));
    expect([answer.status, await answer.text()]).toEqual([404, '<p>{']);
  });
});

describe('answers and requests of the server', () => {
  it.each([
    ['events', false],
    ['documents', true],
  ])('are changed in %s', async (_, isJson) => {
    const { url } = await ruled(
      await sdkUpstream(isJson),
      `- { id: r, when: { kind: response, tool: add, params: { $.arguments.a: 7 } }, then: [{ modify: { set: { "$.content[0].text": hidden } } }] }
- { id: l, when: { direction: server_to_client, method: tools/list, result: { "$.tools[0]": { exists: true } } }, then: [{ modify: { remove: "$.tools[?@.name == 'fail']" } }] }`,
    );
    const client = await connected(url);
    expect(await add(client, 7)).toMatchObject({ content: [{ text: 'hidden' }] });
    expect(await add(client, 1)).toMatchObject({ content: [{ text: '3' }] });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['add', 'work', 'ask', 'wait']);
  });

  it('requests of the server are answered by a rule, and the client does not see them', async () => {
    const rules =
      '- { id: e, when: { method: elicitation/create, direction: server_to_client }, then: [{ block: { reason: ask nobody } }] }';
    const { url, factsOf } = await ruled(await sdkUpstream(), rules);
    let asked = 0;
    const client = await connected(url, () => asked++);
    expect(await client.callTool({ name: 'ask' })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('ask nobody') }],
    });
    expect(asked).toBe(0);
    expect(factsOf('problem')).toEqual([]);
  });

  it('an answer of the client is known by the request of the server', async () => {
    const rules =
      '- { id: e, when: { method: elicitation/create, kind: response }, then: [{ modify: { set: { $.action: decline } } }] }';
    const { url } = await ruled(await sdkUpstream(), rules);
    let asked = 0;
    const client = await connected(url, () => asked++);
    expect(await client.callTool({ name: 'ask' })).toMatchObject({ content: [{ text: 'decline' }] });
    expect(asked).toBe(1);
  });

  it('progress does not come after the answer, if a rule delays it', async () => {
    const { url } = await ruled(
      await sdkUpstream(),
      '- { id: p, when: { method: notifications/progress }, then: [{ delay: { ms: 300 } }] }',
    );
    const client = await connected(url);
    const order: string[] = [];
    await client.callTool({ name: 'work' }, undefined, { onprogress: () => order.push('progress') });
    order.push('answer');
    expect(order).toEqual(['progress', 'answer']);
  });

  it('a message that cannot be checked does not pass', async () => {
    const rules =
      '- { id: s, when: { kind: response, result: { "$..secret": { exists: true } } }, then: [{ block: { reason: secret } }] }';
    const coded = await scriptedUpstream((response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('x'),
    );
    const { url, factsOf } = await ruled(coded.url, rules);
    expect((await post(url, call('list'))).status).toBe(502);
    expect(factsOf('upstream_error')).toMatchObject([{ kind: 'malformed', message: expect.stringContaining('gzip') }]);

    const large = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: {"jsonrpc":"2.0","id":1,"result":{"secret":"${'x'.repeat(17 * 1024 ** 2)}"}}\n\n`);
    });
    const stream = await ruled(large.url, rules);
    const answer = await post(stream.url, call('list'));
    await expect(answer.text()).rejects.toThrow();

    const deep = await scriptedUpstream((response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(
          `id: 5\ndata: {"jsonrpc":"2.0","id":1,"result":{"a":${'['.repeat(500)}{"secret":1}${']'.repeat(500)}}}\n\n`,
        ),
    );
    const nested = await ruled(deep.url, rules);
    const text = await (await post(nested.url, call('list'))).text();
    expect(text).toContain('id: 5');
    expect(text).toContain('The message could not be checked');
    expect(text).not.toContain('secret":1');
  });

  it('streams of which no rule can match a message pass without being read', async () => {
    const stream = ': hello\n\nid: 1\ndata: {"jsonrpc":"2.0",\ndata: "method":"notifications/message"}\n\ndata: cut';
    const { url: direct } = await scriptedUpstream((response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream),
    );
    for (const rules of [
      '- { id: a, when: { tool: x }, then: [{ tag: t }] }',
      `- { id: a, when: ${EVERYTHING}, then: [{ tag: t }] }`,
    ]) {
      const { url } = await ruled(direct, rules);
      expect(await (await post(url, call('list'))).text()).toBe(stream);
    }
  });
});

describe('a reload', () => {
  it('takes changed rules, and keeps the old ones if the file is wrong', async () => {
    const { url: direct } = await scriptedUpstream(echo);
    const block = (tool: string) => `- { id: a, when: { tool: ${tool} }, then: [{ block: { reason: no } }] }`;
    const { url, write, again } = await ruled(direct, block('one'));
    const isBlocked = async (tool: string) => 'error' in ((await (await post(url, call(tool))).json()) as object);
    expect([await isBlocked('one'), await isBlocked('two')]).toEqual([true, false]);
    await write(block('two'));
    expect([await isBlocked('one'), await isBlocked('two')]).toEqual([true, false]);
    await again();
    expect([await isBlocked('one'), await isBlocked('two')]).toEqual([false, true]);
    await write('- { id: a, when: { tols: x } }');
    await expect(again()).rejects.toThrow('unknown field "tols"; did you mean tool?');
    expect([await isBlocked('one'), await isBlocked('two')]).toEqual([false, true]);
  });

  it('keeps the counts of rules that stay the same', async () => {
    const { url: direct } = await scriptedUpstream(echo);
    const { url, again } = await ruled(
      direct,
      '- { id: a, when: { tool: x }, limit: 2, then: [{ block: { reason: no } }] }',
    );
    const isBlocked = async () => 'error' in ((await (await post(url, call('x'))).json()) as object);
    expect([await isBlocked(), await isBlocked()]).toEqual([true, true]);
    await again();
    expect(await isBlocked()).toBe(false);
  });

  it('puts the rules of the gateway before those of a route', async () => {
    const { url: direct } = await scriptedUpstream(echo);
    const gateway = await rulesFile('- { id: all, when: { tool: x }, then: [{ block: { reason: gateway } }] }');
    const route = await rulesFile(
      '- { id: own, priority: 100, when: { tool: { one_of: [x, y] } }, then: [{ block: { reason: route } }] }',
    );
    const running = await runningGateway({
      rules: gateway.file,
      routes: { sums: { upstreams: [{ url: direct }], rules: route.file }, other: { upstreams: [{ url: direct }] } },
    });
    const reason = async (name: string, tool: string) => {
      const answer = (await (await post(running.url(name), call(tool))).json()) as { error?: { message: string } };
      return answer.error?.message ?? null;
    };
    expect([
      await reason('sums', 'x'),
      await reason('sums', 'y'),
      await reason('other', 'x'),
      await reason('other', 'y'),
    ]).toEqual(['gateway', 'route', 'gateway', null]);
  });
});

describe('a recording', () => {
  it('has messages as they passed and as they were before rules changed them, and names the values to redact', async () => {
    const { url: direct } = await scriptedUpstream(echo);
    const { file } =
      await rulesFile(`- { id: m, when: { tool: list }, then: [{ modify: { set: { $.arguments.a: changed } } }, { redact: $.arguments.key }] }
- { id: b, when: { tool: no }, then: [{ block: { reason: no } }] }
- { id: r, when: { kind: response, tool: list }, then: [{ modify: { set: { $.seen: true } } }] }`);
    const events: HttpEvent[] = [];
    const running = await runningGateway(
      { rules: file, record: true, routes: { sums: { upstreams: [{ url: direct }] } } },
      {},
      { emit: (event) => events.push(event) },
    );
    await post(running.url('sums'), call('list', { a: 1, key: 'k' }));
    await post(running.url('sums'), call('no'));
    await expect.poll(() => events.filter(({ type }) => type === 'settled')).toHaveLength(2);
    const told = events.map((event) => {
      if (event.type === 'mcp_ruled') {
        const { sender, bytes, ruled: by } = event.line;
        const { original, made, dropped, redactions } = by;
        return { sender, now: textOf(bytes), was: original && textOf(original), made, dropped, redactions };
      }
      return event.type === 'request_body' || event.type === 'response_body' ? textOf(event.bytes) : event.type;
    });
    const changed = JSON.stringify(call('list', { a: 'changed', key: 'k' }));
    const answer = `{"jsonrpc":"2.0","id":1,"result":{"params":{"name":"list","arguments":{"a":"changed","key":"k"}}`;
    const error = '{"jsonrpc":"2.0","id":1,"error":{"code":-32050,"message":"no","data":{"rule":"b"}}}';
    const as = (fields: object) => ({
      sender: 'client',
      was: null,
      made: false,
      dropped: false,
      redactions: [],
      ...fields,
    });
    expect(told).toEqual([
      'request_head',
      as({
        now: changed,
        was: JSON.stringify(call('list', { a: 1, key: 'k' })),
        redactions: ["$['params']['arguments']['key']"],
      }),
      changed,
      'request_end',
      as({ sender: 'server', now: `${answer},"seen":true}}`, was: `${answer}}}` }),
      'response_head',
      `${answer},"seen":true}}`,
      'response_end',
      'settled',
      'request_head',
      as({ now: JSON.stringify(call('no')), dropped: true }),
      as({ sender: 'server', now: error, made: true }),
      JSON.stringify(call('no')),
      'request_end',
      'response_head',
      error,
      'response_end',
      'settled',
    ]);
  });
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
