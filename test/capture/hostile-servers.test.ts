import { describe, expect, it } from 'vitest';
import {
  createKindOf,
  createMcpRecorder,
  createRecorder,
  createRedactor,
  createServerOf,
} from '../../src/capture/index.js';
import type { CapturedRequest, CapturedResponse, HeaderList } from '../../src/model/exchange.js';
import type { McpWrite } from '../../src/model/mcp-write.js';
import type { HttpEvent } from '../../src/wire/index.js';
import { EVENT_STREAM, event, JSON_TYPE, request, response } from './mcp/support/recorded.js';

/** What a hostile server would like to have replaced everywhere: each request of Claude Code has it. */
const WANTED = '"cache_control"';
const WORD = 'cache_control';
const CONVERSATION = `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x",${WANTED}:{"type":"ephemeral"}}]}]}`;

/** The recorders of one run, with a server at `https://mcp.example/mcp` and one at `https://mcp.example/sse`. */
function run() {
  const redactor = createRedactor(Buffer.from('key'));
  const addresses = {
    hosts: ['mcp-proxy.anthropic.com'],
    servers: [
      { url: 'https://mcp.example/mcp', hasOwnPaths: false },
      { url: 'https://mcp.example/sse', hasOwnPaths: true },
    ],
    exclusive: ['mcp.example:443'],
  };
  const kindOf = createKindOf(addresses);
  const exchanges: (CapturedRequest | CapturedResponse)[] = [];
  const writes: McpWrite[] = [];
  const recorder = createRecorder({
    runId: 'run_1',
    redactor,
    kindOf,
    serverOf: createServerOf(addresses, kindOf),
    onRequest: (each) => exchanges.push(each),
    onEnd: (_, each) => exchanges.push(each),
  });
  const mcp = createMcpRecorder({
    runId: 'run_1',
    redactor,
    servers: () => [],
    isMcp: (head) => kindOf(head) === 'mcp',
    estimateTokens: () => 1,
    onWrite: (_, all) => writes.push(...all),
  });
  const http = (...events: HttpEvent[]) => {
    for (const each of events) {
      recorder.handle(each);
      mcp.http(each);
    }
  };
  /** The same, with the API instead of a server. */
  const api = (...events: HttpEvent[]) =>
    http(...events.map((each) => (each.type === 'request_head' ? { ...each, host: 'api.anthropic.com' } : each)));
  return {
    http,
    api,
    mcp,
    exchanges,
    /** What is stored of a request that has what the server wanted. */
    conversation() {
      api(...request({ id: 'api', target: '/v1/messages', body: CONVERSATION }), ...response('api'));
      const stored = exchanges.find((each) => each.correlationId === 'api');
      return Buffer.from(stored?.body.bytes ?? '').toString();
    },
    messages: () =>
      writes.flatMap((write) => (write.type === 'message' ? [Buffer.from(write.message.bytes).toString()] : [])),
  };
}

const RESULT = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: `see ${WORD}` }] } };
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 't' } };
const ask = (id: string, headers: [string, string][] = [], target = '/mcp') =>
  request({ id, headers, target, body: CALL });
const answer = (id: string, headers: [string, string][] = [], status = 200) =>
  response(id, { status, headers: [...JSON_TYPE, ...headers], chunks: [JSON.stringify(RESULT)] });
const oauth = (id: string, tokens: object) => [
  ...request({ id, target: '/token', body: 'grant_type=authorization_code&code=x' }),
  ...response(id, { chunks: [JSON.stringify(tokens)] }),
];

describe('what an MCP server chooses as a secret is one in its own traffic only', () => {
  it.each<[string, HttpEvent[]]>([
    ['a session id', [...ask('a'), ...answer('a', [['Mcp-Session-Id', WORD]])]],
    ['the session id of a client', [...ask('a', [['Mcp-Session-Id', WORD]]), ...answer('a')]],
    ['a cookie', [...ask('a'), ...answer('a', [['Set-Cookie', `a=${WORD}; Path=/`]])]],
    ['a cookie of a client', [...ask('a', [['Cookie', `a=${WORD}`]]), ...answer('a')]],
    ['a header with the name of a credential', [...ask('a'), ...answer('a', [['X-Token', WORD]])]],
    ['a challenge', [...ask('a'), ...answer('a', [['WWW-Authenticate', `Bearer ${WORD}`]], 401)]],
    ['a redirection', [...ask('a'), ...answer('a', [['Location', `/mcp?token=${WORD}`]], 307)]],
    ['an address', [...ask('a', [], `/mcp?token=${WORD}`), ...answer('a')]],
    ['a bearer token', [...ask('a', [['Authorization', `Bearer ${WORD}`]]), ...answer('a')]],
    ['an argument that a tool has sent as a header', [...ask('a', [['Mcp-Param-Token', WORD]]), ...answer('a')]],
    ['a token of its OAuth', [...oauth('o', { access_token: WORD }), ...ask('a'), ...answer('a')]],
    [
      'an endpoint',
      [
        ...request({ id: 'a', method: 'GET', target: '/sse' }),
        ...response('a', {
          headers: EVENT_STREAM,
          chunks: [event(`/messages?token=${WORD}`, 'endpoint'), event(RESULT)],
        }),
      ],
    ],
    [
      'an endpoint with the path of the API, and a cookie of it',
      [
        ...request({ id: 's', method: 'GET', target: '/sse' }),
        ...response('s', { headers: EVENT_STREAM, chunks: [event('/v1/messages', 'endpoint')] }),
        ...ask('a', [], '/v1/messages'),
        ...answer('a', [['Set-Cookie', `a=${WORD}`]]),
      ],
    ],
  ])('%s', (_, events) => {
    const { http, conversation, messages, exchanges } = run();
    http(...events);
    expect(conversation()).toBe(CONVERSATION);
    expect(messages().join()).toContain('see [redacted:');
    expect(JSON.stringify([messages(), exchanges.filter((each) => each.correlationId !== 'api')])).not.toContain(WORD);
  });

  it('also for another server', () => {
    const { http, messages } = run();
    http(...ask('a'), ...answer('a', [['Mcp-Session-Id', WORD]]));
    const other = [...ask('b'), ...answer('b')].map((each) =>
      each.type === 'request_head' ? { ...each, host: 'mcp-proxy.anthropic.com' } : each,
    );
    http(...other);
    expect(messages().at(-1)).toBe(JSON.stringify(RESULT));
  });

  it.each([`x://${WORD}@host/`, `x://host/?token=${WORD}`])('the URI %s of a resource of a program', (uri) => {
    const { mcp, conversation } = run();
    const read = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } };
    const bytes = Buffer.from(JSON.stringify(read));
    mcp.handle({
      type: 'mcp_opened',
      exchange: 'e1',
      connection: 'c1',
      name: 'evil',
      scope: 'user',
      target: 'node',
      sessionId: null,
      at: 1,
    });
    mcp.handle({
      type: 'mcp_lines',
      exchange: 'e2',
      connection: 'c1',
      at: 2,
      lines: [{ sender: 'client', bytes, size: bytes.length, truncated: false, at: 2 }],
    });
    expect(conversation()).toBe(CONVERSATION);
  });
});

describe('what a server or a model says is no secret where Claude Code repeats it', () => {
  const stored = (exchanges: readonly (CapturedRequest | CapturedResponse)[], at: number) =>
    Buffer.from(exchanges[at]?.body.bytes ?? '').toString();

  it('the description of a tool in a request', () => {
    const { api, conversation, exchanges } = run();
    const tools = [`Token ${WORD}`, `https://h.test/?token=${WORD}`].map((description) => ({ name: 't', description }));
    const body = JSON.stringify({ model: 'm', tools, messages: [] });
    api(...request({ id: 'a', target: '/v1/messages', body }), ...response('a'));
    expect(stored(exchanges, 0)).toBe(body);
    expect(conversation()).toBe(CONVERSATION);
  });

  it('the input of a tool in an answer that does not stream', () => {
    const { api, conversation, exchanges } = run();
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 't', input: { password: WORD, note: `Token ${WORD}` } }];
    const message = JSON.stringify({ type: 'message', role: 'assistant', content, usage: { output_tokens: 1 } });
    api(
      ...request({ id: 'a', target: '/v1/messages', body: '{"model":"m"}' }),
      ...response('a', { chunks: [message] }),
    );
    expect(stored(exchanges, 1)).toBe(message);
    expect(conversation()).toBe(CONVERSATION);
  });

  it.each(['/api/event_logging/batch', '/api/hello'])(
    'an error text in a report to %s, though it is replaced there',
    (target) => {
      const { api, conversation, exchanges } = run();
      const body = { error: `Token ${WORD}`, input: { password: WORD }, again: WORD };
      api(...request({ id: 'a', target, body }), ...response('a', { chunks: [JSON.stringify({ token: WORD })] }));
      expect(stored(exchanges, 0) + stored(exchanges, 1)).not.toContain(WORD);
      expect(conversation()).toBe(CONVERSATION);
    },
  );
});

it("a client's own credential for a server is a secret everywhere", () => {
  const { http, api, exchanges } = run();
  const own: HeaderList = [['X-Api-Key', 'key-of-the-user-1']];
  http(...ask('a', [...own] as [string, string][]), ...answer('a'));
  api(...request({ id: 'api', target: '/v1/messages', body: '{"model":"m","messages":["key-of-the-user-1"]}' }));
  expect(JSON.stringify(exchanges.map(({ body }) => Buffer.from(body.bytes).toString()))).not.toContain(
    'key-of-the-user-1',
  );
});
