import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessages, type Tracked, Tracker } from '../../../src/mcp/messages/index.js';
import type { McpCall, McpMessageId, McpSender } from '../../../src/model/mcp.js';

/** A connection whose messages are 1 ms apart, and whose texts have a token for each character. */
function connection() {
  const tracker = new Tracker({ connectionId: 'mcps_1', estimateTokens: (text) => text.length });
  const calls = new Map<string, McpCall>();
  let seen = 0;
  function say(sender: McpSender, message: object | string, exchange: string | null = null): Tracked {
    const text = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message });
    const [read] = readMessages({ bytes: Buffer.from(text), size: text.length, truncated: false });
    if (!read) throw new Error('there is no message');
    const tracked = tracker.take(read, { id: `mcpm_${seen}` as McpMessageId, sender, at: seen, exchange });
    seen += 1;
    if (tracked.call) calls.set(tracked.call.id, tracked.call);
    return tracked;
  }
  return {
    tracker,
    client: (message: object | string, exchange: string | null = null) => say('client', message, exchange),
    server: (message: object | string, exchange: string | null = null) => say('server', message, exchange),
    end(changed: readonly McpCall[]) {
      for (const call of changed) calls.set(call.id, call);
    },
    /** Each call as it is now. */
    calls: () => [...calls.values()],
  };
}

function toolCall(id: string | number, { name = 'add', meta = {}, ...params }: Record<string, unknown> = {}) {
  return { id, method: 'tools/call', params: { name, arguments: {}, _meta: meta, ...params } };
}

const OK = { content: [{ type: 'text', text: 'four' }] };

describe('a call', () => {
  it('begins with its request, and ends with its answer', () => {
    const { client, server, calls } = connection();
    const request = toolCall(3, { meta: { 'claudecode/toolUseId': 'toolu_1', progressToken: 3 } });
    expect(client(request)).toMatchObject({ method: 'tools/call', name: 'add', call: { state: 'open', answer: null } });
    expect(server({ id: 3, result: OK })).toMatchObject({ method: 'tools/call', name: 'add' });
    expect(calls()).toEqual([
      {
        altered: false,
        id: 'mcpc_0',
        connectionId: 'mcps_1',
        method: 'tools/call',
        name: 'add',
        toolUseId: 'toolu_1',
        request: 'mcpm_0',
        answer: 'mcpm_1',
        sentAt: 0,
        firstProgressAt: null,
        answeredAt: 1,
        state: 'ok',
        resultBytes: JSON.stringify(OK).length,
        tokensSaid: 4,
      },
    ]);
  });

  it.each([
    [{ result: { ...OK, isError: true } }, 'tool_error', 4],
    [{ error: { code: -32602, message: 'no such tool' } }, 'rpc_error', 12],
    [{ result: { structuredContent: { sum: 4 } } }, 'ok', 9],
    [{ result: { ...OK, structuredContent: { sum: 4 } } }, 'ok', 4],
    [{ result: { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }] } }, 'ok', 0],
    [{ result: { content: [{ type: 'resource', resource: { uri: 'a:b', text: 'xyz' } }] } }, 'ok', 3],
    [{ result: { content: [{ type: 'resource_link', uri: 'file:///a', name: 'a' }] } }, 'ok', 9],
    [{ result: { content: 'no list' } }, 'ok', 0],
  ])('answered %j is %s', (answer, state, tokensSaid) => {
    const { client, server, calls } = connection();
    client(toolCall(1));
    server({ id: 1, ...answer });
    const [value] = Object.values(answer);
    expect(calls()).toMatchObject([{ state, tokensSaid, resultBytes: JSON.stringify(value).length }]);
  });

  it('is also a resource that is read, and a prompt that is got', () => {
    const { client, server, calls } = connection();
    client({ id: 1, method: 'resources/read', params: { uri: 'file:///a' } });
    client({ id: 2, method: 'prompts/get', params: { name: 'review' } });
    client({ id: 3, method: 'tools/list' });
    server({ id: 2, result: { messages: [{ role: 'user', content: { type: 'text', text: 'abc' } }] } });
    server({ id: 1, result: { contents: [{ uri: 'file:///a', text: 'hello' }] } });
    expect(calls()).toMatchObject([
      { method: 'resources/read', name: 'file:///a', state: 'ok', tokensSaid: 5 },
      { method: 'prompts/get', name: 'review', state: 'ok', tokensSaid: 3 },
    ]);
  });

  it('keeps ids of numbers, ids of texts, and those of the other direction apart', () => {
    const { client, server, calls } = connection();
    client(toolCall(1, { name: 'number' }));
    client(toolCall('1', { name: 'text' }));
    expect(server({ id: 1, method: 'roots/list' })).toMatchObject({ method: 'roots/list', call: null });
    expect(client({ id: 1, result: { roots: [] } })).toMatchObject({ method: 'roots/list', call: null });
    server({ id: '1', result: OK });
    expect(calls()).toMatchObject([
      { name: 'number', state: 'open' },
      { name: 'text', state: 'ok' },
    ]);
  });

  it('notes its first progress', () => {
    const { client, server, calls } = connection();
    client(toolCall(1, { meta: { progressToken: 'p' } }));
    expect(server({ method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } })).toMatchObject({
      name: 'add',
      call: { firstProgressAt: 1 },
    });
    expect(server({ method: 'notifications/progress', params: { progressToken: 'p', progress: 2 } }).call).toBeNull();
    expect(server({ method: 'notifications/progress', params: { progressToken: 'q', progress: 2 } }).call).toBeNull();
    expect(calls()).toMatchObject([{ firstProgressAt: 1, state: 'open' }]);
  });

  it.each([
    ['McpError: MCP error -32001: Request timed out', 'timeout', 'late'],
    ['Maximum total timeout exceeded', 'timeout', 'late'],
    ['AbortError: The user stopped', 'cancelled', 'cancelled'],
    [undefined, 'cancelled', 'cancelled'],
  ])('cancelled because of %s is %s, and %s when it is answered then', (reason, state, then) => {
    const { client, server, calls } = connection();
    client(toolCall(1));
    client({ method: 'notifications/cancelled', params: { requestId: 1, reason } });
    expect(calls()).toMatchObject([{ state, answer: null }]);
    server({ id: 1, result: OK });
    expect(calls()).toMatchObject([{ state: then, answer: 'mcpm_2', answeredAt: 2, tokensSaid: 4 }]);
  });

  it('is not changed by a cancel of the server, of another call, or after its answer', () => {
    const { client, server, calls } = connection();
    client(toolCall(1));
    server({ method: 'notifications/cancelled', params: { requestId: 1 } });
    client({ method: 'notifications/cancelled', params: { requestId: 2 } });
    server({ id: 1, result: OK });
    client({ method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(server({ id: 1, result: OK })).toEqual({ method: null, name: null, call: null, definitions: [] });
    expect(calls()).toMatchObject([{ state: 'ok', answeredAt: 3 }]);
  });

  it('a call that is still open when its connection ends was interrupted', () => {
    const { client, server, calls, tracker, end } = connection();
    client(toolCall(1));
    client(toolCall(2));
    server({ id: 1, result: OK });
    end(tracker.ended());
    expect(calls().map(({ state }) => state)).toEqual(['ok', 'interrupted']);
  });

  it('gets the answer whose id was cut off, if no other request is open', () => {
    const bytes = Buffer.from('{"result":{"content":[{"type":"text","text":"xxxxx');
    const cut = () => readMessages({ bytes, size: bytes.length * 10, truncated: true })[0];
    const take = ({ tracker, end }: ReturnType<typeof connection>) => {
      const message = cut();
      const tracked = message && tracker.take(message, { id: 'mcpm_9', sender: 'server', at: 9, exchange: null });
      end(tracked?.call ? [tracked.call] : []);
    };
    const one = connection();
    one.client(toolCall(1));
    take(one);
    // The value begins after 10 bytes, and the estimate is scaled to the whole of it.
    expect(one.calls()).toMatchObject([
      { state: 'ok', resultBytes: bytes.length * 10 - 10, tokensSaid: bytes.length * 10 - 10 },
    ]);
    const two = connection();
    two.client(toolCall(1));
    two.client(toolCall(2));
    take(two);
    expect(two.calls()).toMatchObject([{ state: 'open' }, { state: 'open' }]);
  });

  it('finds its answer, whatever the order of the answers', () => {
    const id = fc.oneof(fc.nat(50), fc.nat(50).map(String), fc.string({ minLength: 100, maxLength: 300 }));
    const plan = fc
      .uniqueArray(id, { minLength: 1, maxLength: 30, selector: (value) => `${typeof value} ${value}` })
      .chain((ids) => fc.tuple(fc.constant(ids), fc.shuffledSubarray(ids, { minLength: 0, maxLength: ids.length })));
    fc.assert(
      fc.property(plan, ([ids, answered]) => {
        const { client, server, calls } = connection();
        for (const [index, value] of ids.entries()) client(toolCall(value, { name: `tool ${index}` }));
        for (const value of answered) {
          server({ id: value, result: { content: [{ type: 'text', text: 'x'.repeat(ids.indexOf(value)) }] } });
        }
        expect(calls()).toMatchObject(
          ids.map((value, index) =>
            answered.includes(value)
              ? { name: `tool ${index}`, state: 'ok', tokensSaid: index }
              : { name: `tool ${index}`, state: 'open' },
          ),
        );
      }),
    );
  });

  it('is forgotten when ten thousand others were opened after it', () => {
    const { client, server, calls } = connection();
    for (let id = 0; id <= 10_000; id++) client(toolCall(id));
    server({ id: 0, result: OK });
    server({ id: 1, result: OK });
    expect(
      calls()
        .slice(0, 3)
        .map(({ state }) => state),
    ).toEqual(['open', 'ok', 'open']);
  });
});

describe('a call that is sent again with more input', () => {
  const ask = (requestState?: string) => ({
    result: { resultType: 'input_required', inputRequests: { login: { method: 'elicitation/create' } }, requestState },
  });
  const inputResponses = { login: { action: 'accept' } };

  it('stays one call, joined by its requestState', () => {
    const { client, server, calls } = connection();
    client(toolCall(1));
    client(toolCall(2));
    server({ id: 1, ...ask('state 1') });
    server({ id: 2, ...ask('state 2') });
    client(toolCall(3, { requestState: 'state 2', inputResponses }));
    server({ id: 3, ...ask('state 3') });
    client(toolCall(4, { requestState: 'state 3', inputResponses }));
    server({ id: 4, result: { resultType: 'complete', ...OK } });
    expect(calls()).toMatchObject([
      { id: 'mcpc_0', state: 'open' },
      { id: 'mcpc_1', request: 'mcpm_1', answer: 'mcpm_7', state: 'ok', sentAt: 1, answeredAt: 7 },
    ]);
  });

  it('is joined without a requestState only where one call can be meant', () => {
    const { client, server, calls } = connection();
    client(toolCall(1, { meta: { 'claudecode/toolUseId': 'a' } }));
    client(toolCall(2, { meta: { 'claudecode/toolUseId': 'b' } }));
    client(toolCall(3, { name: 'other' }));
    for (const id of [1, 2, 3]) server({ id, ...ask() });
    client(toolCall(4, { inputResponses }));
    client(toolCall(5, { inputResponses, meta: { 'claudecode/toolUseId': 'b' } }));
    client(toolCall(6, { inputResponses, name: 'other' }));
    for (const id of [4, 5, 6]) server({ id, result: OK });
    expect(calls().map(({ id, state }) => [id, state])).toEqual([
      ['mcpc_0', 'open'],
      ['mcpc_1', 'ok'],
      ['mcpc_2', 'ok'],
      ['mcpc_6', 'ok'],
    ]);
  });
});

describe('a call that is answered by a task', () => {
  const task = (status: string) => ({ taskId: 't-1', status, createdAt: '2026-01-01T00:00:00Z', ttl: 1000 });

  it('ends with the result of the task (2025-11-25)', () => {
    const { client, server, calls } = connection();
    client(toolCall(1, { task: { ttl: 1000 }, meta: { progressToken: 1 } }));
    server({ id: 1, result: { task: task('working') } });
    server({ method: 'notifications/progress', params: { progressToken: 1, progress: 1 } });
    client({ id: 2, method: 'tasks/get', params: { taskId: 't-1' } });
    server({ id: 2, result: task('completed') });
    expect(calls()).toMatchObject([{ state: 'open', firstProgressAt: 2 }]);
    client({ id: 3, method: 'tasks/result', params: { taskId: 't-1' } });
    expect(server({ id: 3, result: { ...OK, isError: true } })).toMatchObject({ method: 'tasks/result', name: 'add' });
    expect(calls()).toMatchObject([{ state: 'tool_error', answer: 'mcpm_6', answeredAt: 6 }]);
  });

  it('ends with the state of the task that has the result (2026-07-28)', () => {
    const { client, server, calls } = connection();
    client(toolCall(1));
    client(toolCall(2));
    server({ id: 1, result: { resultType: 'task', ...task('working') } });
    server({ id: 2, result: { resultType: 'task', ...task('working'), taskId: 't-2' } });
    client({ id: 3, method: 'tasks/get', params: { taskId: 't-1' } });
    server({ id: 3, result: { resultType: 'complete', ...task('completed'), result: OK } });
    client({ id: 4, method: 'tasks/get', params: { taskId: 't-2' } });
    server({ id: 4, result: { ...task('failed'), taskId: 't-2', error: { code: -32603, message: 'broken' } } });
    expect(calls()).toMatchObject([
      { state: 'ok', resultBytes: JSON.stringify(OK).length, tokensSaid: 4 },
      { state: 'rpc_error', tokensSaid: 6 },
    ]);
  });

  it('is cancelled with the task', () => {
    const { client, server, calls } = connection();
    client(toolCall(1));
    server({ id: 1, result: { task: task('working') } });
    client({ id: 2, method: 'tasks/cancel', params: { taskId: 't-1' } });
    server({ id: 2, result: task('cancelled') });
    expect(calls()).toMatchObject([{ state: 'cancelled', answer: null }]);
    const other = connection();
    other.client(toolCall(1));
    other.server({ id: 1, result: { task: task('working') } });
    other.server({ method: 'notifications/tasks/status', params: task('cancelled') });
    expect(other.calls()).toMatchObject([{ state: 'cancelled' }]);
  });
});

describe('a call over HTTP', () => {
  const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };

  it('has the answer of its own exchange, though another client uses the same id', () => {
    const { client, server, calls } = connection();
    client(toolCall(1, { name: 'a', meta: { progressToken: 1 } }), 'x1');
    client(toolCall(1, { name: 'b', meta: { progressToken: 1 } }), 'x2');
    expect(server({ method: 'notifications/progress', params: { progressToken: 1 } }, 'x1').name).toBe('a');
    expect(server({ id: 1, result: OK }, 'x1').name).toBe('a');
    expect(server({ id: 1, result: OK }, 'x2').name).toBe('b');
    expect(calls().map(({ state }) => state)).toEqual(['ok', 'ok']);
  });

  it('may have its answer in another exchange', () => {
    const { client, server, calls, tracker } = connection();
    client(toolCall(1), 'x1');
    expect(tracker.exchangeEnded('x1', 'ended', 5)).toEqual([]);
    server({ id: 1, result: OK }, 'stream');
    expect(calls()).toMatchObject([{ state: 'ok' }]);
  });

  it.each([
    ['refused', {}, 'rpc_error', 7],
    ['refused', META, 'rpc_error', 7],
    ['aborted', META, 'cancelled', null],
    ['ended', META, 'rpc_error', 7],
    ['aborted', {}, 'open', null],
  ] as const)('whose exchange was %s with %j is %s', (how, meta, state, answeredAt) => {
    const { client, calls, tracker, end } = connection();
    client(toolCall(1, { meta }), 'x1');
    end(tracker.exchangeEnded('x1', how, 7));
    expect(calls()).toMatchObject([{ state, answeredAt, answer: null }]);
  });
});

describe('what is known of a connection', () => {
  it('is legacy after initialize', () => {
    const { client, server, tracker } = connection();
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    client({ id: 0, method: 'server/discover', params: { _meta: meta } });
    server({ id: 0, error: { code: -32601, message: 'Method not found' } });
    expect(tracker.facts.era).toBeNull();
    client({ id: 1, method: 'initialize', params: { clientInfo: { name: 'claude-code', version: '2.1' } } });
    expect(tracker.facts).toMatchObject({ client: { name: 'claude-code', version: '2.1' }, readyAt: null });
    server({ id: 1, result: { protocolVersion: '2025-11-25', serverInfo: { name: 's' }, instructions: 'Ask.' } });
    const { facts } = tracker;
    expect(facts).toEqual({
      era: 'legacy',
      protocol: '2025-11-25',
      client: { name: 'claude-code', version: '2.1' },
      server: { name: 's', version: null },
      readyAt: 3,
    });
    client({ id: 2, method: 'ping' });
    server({ id: 2, result: {} });
    expect(tracker.facts).toBe(facts);
  });

  it('is modern after the first result of a modern request, or an error that only modern servers send', () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
    };
    const { client, server, tracker } = connection();
    client({ id: 0, method: 'server/discover', params: { _meta: meta } });
    const serverInfo = { name: 's', version: '2' };
    server({ id: 0, result: { supportedVersions: [], _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } } });
    expect(tracker.facts).toEqual({
      era: 'modern',
      protocol: '2026-07-28',
      client: { name: 'c', version: '1' },
      server: serverInfo,
      readyAt: 1,
    });
    const other = connection();
    other.client({ id: 0, method: 'server/discover', params: { _meta: meta } });
    other.server({ id: 0, error: { code: -32022, message: 'Unsupported', data: { supported: ['2027-01-01'] } } });
    expect(other.tracker.facts).toMatchObject({ era: 'modern', readyAt: null });
  });

  it('has the definitions that are new or changed, page by page', () => {
    const { client, server } = connection();
    client({ id: 1, method: 'initialize', params: {} });
    const instructions = server({ id: 1, result: { instructions: 'Ask \u00e9.' } }).definitions;
    expect(instructions).toMatchObject([{ kind: 'instructions', name: '', bytesSaid: 7, bytesGot: null }]);
    client({ id: 2, method: 'tools/list' });
    const a = { name: 'a', description: 'First', inputSchema: { type: 'object' } };
    const b = { name: 'b', inputSchema: { type: 'object' } };
    const [first] = server({ id: 2, result: { tools: [a, 7], nextCursor: 'next' } }).definitions;
    expect(first).toMatchObject({ kind: 'tool', name: 'a', bytesSaid: 5, connectionId: 'mcps_1' });
    expect(first?.hash).toMatch(/^[0-9a-f]{64}$/);
    client({ id: 3, method: 'tools/list', params: { cursor: 'next' } });
    expect(server({ id: 3, result: { tools: [b] } }).definitions).toMatchObject([{ name: 'b', bytesSaid: 0 }]);
    server({ method: 'notifications/tools/list_changed' });
    client({ id: 4, method: 'tools/list' });
    const changed = server({ id: 4, result: { tools: [a, { ...b, description: 'Second' }] } }).definitions;
    expect(changed).toMatchObject([{ name: 'b', bytesSaid: 6 }]);
  });
});

it('never throws at any messages', () => {
  const field = fc.constantFrom(
    'jsonrpc',
    'id',
    'method',
    'params',
    'result',
    'error',
    '_meta',
    'progressToken',
    'requestId',
    'taskId',
    'task',
    'tools',
    'name',
    'content',
    'contents',
    'messages',
    'resource',
    'text',
    'requestState',
    'inputResponses',
    'resultType',
    'status',
  );
  const leaf = fc.oneof(
    fc.constantFrom(
      'tools/call',
      'tools/list',
      'initialize',
      'tasks/get',
      'tasks/result',
      'notifications/cancelled',
      'task',
    ),
    fc.constantFrom('notifications/progress', 'input_required', 'cancelled', 'timed out', 1, '1', null, true),
    fc.string(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, fc.dictionary(field, tie('value')), fc.array(tie('value'))),
  }));
  const message = fc.dictionary(field, value);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), message), { maxLength: 30 }), (messages) => {
      const { client, server, tracker, calls, end } = connection();
      for (const [isClient, said] of messages) (isClient ? client : server)(JSON.stringify(said));
      end(tracker.ended());
      expect(calls().filter(({ state }) => state === 'open')).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

describe('a server that sends without end', () => {
  it('does not make answers without an id cost more, the more requests are open', () => {
    const { server, client } = connection();
    for (let id = 0; id < 12_000; id += 1) server({ id, method: 'ping' });
    for (let n = 0; n < 60_000; n += 1) client('{"jsonrpc":"2.0","error":{}}');
    expect(client({ id: 11_999, result: {} })).toMatchObject({ method: 'ping' });
  });

  it('may ask with one id again and again: the last of these requests are answered', () => {
    const { server, client, calls } = connection();
    client(toolCall(7));
    for (let n = 0; n < 12_000; n += 1) server({ id: 7, method: 'ping' });
    expect(client({ id: 7, result: {} })).toMatchObject({ method: 'ping' });
    server({ id: 7, result: OK });
    expect(calls()).toMatchObject([{ state: 'ok' }]);
  });
});
