import { describe, expect, it } from 'vitest';
import type { McpCallState, McpConnection, McpForm } from '../../../src/model/mcp.js';
import type { McpWrite } from '../../../src/model/mcp-write.js';
import {
  AmbiguousIdError,
  InvalidFilterError,
  NotFoundError,
  openReader,
  openStore,
  type Store,
} from '../../../src/store/index.js';
import { aCall, aConnection, aDefinition, aDelivery, answered } from '../support/mcp-records.js';
import { anAttribution, aRequest, aResponse, aRun, aSegment, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';
import { tamper } from '../support/whole-history.js';

const START = Date.UTC(2026, 10, 1);

interface Told {
  name: string;
  method?: string;
  at?: number;
  latencyMs?: number;
  state?: McpCallState;
  /** Bytes of the answer. */
  size?: number;
}

/** Stores calls of a connection, answered unless their state says otherwise. @returns them */
function saveCalls(store: Store, connection: McpConnection, calls: readonly Told[]) {
  return calls.map(({ name, method = 'tools/call', at = START, latencyMs = 10, state = 'ok', size = 40 }) => {
    const open = aCall(connection.id, { name, method, sentAt: at });
    store.saveMcp(open.writes);
    if (state === 'open') return open.call;
    const isAnswered = state !== 'cancelled' && state !== 'timeout';
    const ended = answered(open.call, latencyMs, 'x'.repeat(size), { state, tokensSaid: size / 4 });
    store.saveMcp(isAnswered ? ended.writes : [{ type: 'call', call: { ...open.call, state } }]);
    return isAnswered ? ended.call : { ...open.call, state };
  });
}

function connected(store: Store, connection: McpConnection): McpConnection {
  store.saveMcp([{ type: 'connection', connection }]);
  return connection;
}

function define(store: Store, { id }: McpConnection, tools: Readonly<Record<string, string>>): void {
  const definitions = Object.entries(tools).map(([name, hash]): McpWrite => {
    const kind = name === '' ? 'instructions' : 'tool';
    return { type: 'definition', definition: aDefinition(id, { kind, name, hash: hash.repeat(64) }) };
  });
  store.saveMcp(definitions);
}

describe('figures of MCP servers', () => {
  it('count the calls of all connections of a server, with exact percentiles', () => {
    const { file, store, run } = startedStore();
    const [first, second] = [1, 2].map((n) =>
      connected(
        store,
        aConnection(run.id, { startedAt: START + n, readyAt: START + n + 100 * n, lost: n, target: `program-${n}` }),
      ),
    ) as [McpConnection, McpConnection];
    const other = connected(
      store,
      aConnection(run.id, { name: 'jira', transport: 'http', readyAt: null, server: null }),
    );
    const latencies = Array.from({ length: 100 }, (_, index) => index + 0.125);
    saveCalls(
      store,
      first,
      latencies.slice(0, 60).map((latencyMs) => ({ name: 'find', latencyMs })),
    );
    saveCalls(
      store,
      second,
      latencies.slice(60).map((latencyMs, index) => ({ name: 'find', latencyMs, at: START + 5_000 + index })),
    );
    saveCalls(store, second, [
      { name: 'find', state: 'tool_error' },
      { name: 'edit', state: 'timeout' },
      { name: 'edit', state: 'cancelled' },
      { name: 'edit', state: 'open' },
    ]);
    store.saveMcp([
      { type: 'connection', connection: { ...first, endedAt: START + 9_000, exit: 'exit code 1' } },
      { type: 'connection', connection: { ...other, endedAt: null } },
    ]);
    store.close();
    const reader = openReader(file);
    const [serena, jira, ...more] = reader.mcpServers();
    expect(more).toEqual([]);
    expect(serena).toEqual({
      server: 'serena',
      source: 'mcp:serena',
      scope: 'project',
      transport: 'stdio',
      target: 'program-2',
      era: 'legacy',
      protocol: '2025-11-25',
      version: { name: 'Serena', version: null },
      connections: 2,
      openConnections: 1,
      readyMs: 100,
      exit: 'exit code 1',
      lost: 3,
      tools: null,
      neverCalled: null,
      changed: 0,
      instructions: null,
      definitionTokens: null,
      calls: 104,
      alteredCalls: 0,
      failedCalls: 2,
      cancelledCalls: 1,
      openCalls: 1,
      // Of 101 latencies: one call that failed took 10 ms.
      p50Ms: 49.125,
      p95Ms: 94.125,
      bytesSaid: 101 * 40,
      tokensSaid: 101 * 10,
      deliveredCalls: 0,
      reducedCalls: 0,
      bytesGot: 0,
      tokensGot: 0,
      lastUsed: new Date(START + 5_039),
    });
    expect(jira).toMatchObject({ server: 'jira', calls: 0, p50Ms: null, p95Ms: null, lastUsed: null, readyMs: null });
    reader.close();
  });

  it('say what the model got of the results', () => {
    const { file, store, run } = startedStore();
    const connection = connected(store, aConnection(run.id));
    const request = aRequest(run.id);
    store.saveRequest(request);
    const forms: McpForm[] = ['whole', 'cut', 'persisted'];
    const calls = saveCalls(store, connection, [{ name: 'a' }, { name: 'b' }, { name: 'b' }, { name: 'b' }]);
    store.saveMcp(
      forms.map((form, index) => ({
        type: 'delivery',
        delivery: aDelivery(calls[index]?.toolUseId ?? '', request.correlationId, {
          form,
          tokensGot: index === 2 ? null : 7,
        }),
      })),
    );
    store.close();
    const reader = openReader(file);
    expect(reader.mcpServers()).toMatchObject([
      { calls: 4, deliveredCalls: 3, reducedCalls: 2, bytesGot: 120, tokensGot: 14 },
    ]);
    expect(reader.mcpTools().map(({ name, reducedCalls, bytesGot }) => [name, reducedCalls, bytesGot])).toEqual([
      ['b', 2, 80],
      ['a', 0, 40],
    ]);
    reader.close();
  });

  it('compare definitions with those of the connection before, and name tools that were never called', () => {
    const { file, store, run } = startedStore();
    const at = (n: number) => ({ startedAt: START + n, endedAt: START + n + 1 });
    const [before, last, silent] = [1, 2, 3].map((n) => connected(store, aConnection(run.id, at(n * 1_000.5))));
    if (before === undefined || last === undefined || silent === undefined) throw new Error('unreachable');
    define(store, before, { find: '1', edit: '2', gone: '3', '': '4' });
    define(store, last, { find: '1', edit: 'f', fresh: '5', '': '6' });
    saveCalls(store, before, [{ name: 'find' }, { name: 'gone' }, { name: 'file:///a', method: 'resources/read' }]);
    store.close();
    const reader = openReader(file);
    expect(reader.mcpServers()).toMatchObject([{ tools: 3, neverCalled: 2, changed: 3, calls: 3 }]);
    expect(
      reader
        .mcpTools()
        .map(({ method, name, calls, definition }) => [method, name, calls, definition?.changed ?? null]),
    ).toEqual([
      ['resources/read', 'file:///a', 1, null],
      ['tools/call', 'find', 1, false],
      ['tools/call', 'gone', 1, null],
      ['tools/call', 'edit', 0, true],
      ['tools/call', 'fresh', 0, true],
    ]);
    // Only the connection before: nothing to compare with.
    expect(reader.mcpServers({ until: START + 2_000 })).toMatchObject([{ tools: 3, neverCalled: 1, changed: 0 }]);
    reader.close();
  });

  it('keep the tools of a server that was started again without a list of its tools', () => {
    const { file, store, run } = startedStore();
    const start = (n: number) => {
      const startedAt = START + n * 1_000;
      return connected(store, aConnection(run.id, { startedAt, endedAt: startedAt + 1 }));
    };
    define(store, start(1), { find: '1', edit: '2', '': '3' });
    define(store, start(2), { '': '4' });
    saveCalls(store, start(3), [{ name: 'find' }]);
    const next = START + 4_000;
    define(store, start(4), { find: '1', edit: '2', '': '4' });
    store.close();
    const reader = openReader(file);
    const names = (until: number) =>
      reader.mcpTools({ until }).map(({ name, definition }) => [name, definition?.changed]);
    const again = { tools: 2, neverCalled: 1, changed: 1, instructions: { changed: true } };
    expect(reader.mcpServers({ until: next })).toMatchObject([again]);
    expect(names(next)).toEqual([
      ['find', false],
      ['edit', false],
    ]);
    expect(reader.mcpServers()).toMatchObject([{ tools: 2, neverCalled: 1, changed: 0 }]);
    reader.close();
  });

  it('describe the server by its own connections, not by a replay', () => {
    const { file, store, run } = startedStore();
    const own = { transport: 'http', target: 'https://mcp.example/mcp', startedAt: START, endedAt: START + 1 } as const;
    connected(store, aConnection(run.id, own));
    const replay = { startedAt: START + 1_000, endedAt: START + 1_001, exit: '0', synthetic: true };
    connected(store, aConnection(run.id, replay));
    connected(store, aConnection(run.id, { ...replay, name: 'other' }));
    store.close();
    const reader = openReader(file);
    const servers = new Map(reader.mcpServers().map((each) => [each.server, each]));
    expect(servers.get(aConnection(run.id).name)).toMatchObject({ transport: 'http', target: own.target, exit: null });
    expect(servers.get('other')).toMatchObject({ transport: 'stdio', exit: '0' });
    reader.close();
  });

  it('add the tokens of definitions that API requests carried, also of one run', () => {
    const { file, store, run } = startedStore();
    const otherRun = aRun();
    store.beginRun(otherRun);
    for (const { id } of [run, otherRun]) {
      connected(store, aConnection(id, { name: 'plugin:tools:my server' }));
      const request = aRequest(id);
      store.saveRequest(request);
      const source = 'mcp:plugin_tools_my_server';
      const shares = [aShare(source, 300, { part: 'definition' }), aShare(source, 50, { part: 'result' })];
      const detail = 'mcp__plugin_tools_my_server__look_up';
      const segments = [aSegment({ source, part: 'definition', detail, tokens: 200 })];
      store.saveResponse(aResponse(request), anAttribution(shares, { segments }));
    }
    define(store, connected(store, aConnection(run.id, { name: 'plugin:tools:my server' })), { 'look.up': '1' });
    store.close();
    const reader = openReader(file);
    expect(reader.mcpServers()).toMatchObject([{ source: 'mcp:plugin_tools_my_server', definitionTokens: 600 }]);
    expect(reader.mcpTools()).toMatchObject([{ name: 'look.up', definitionTokens: 400 }]);
    expect(reader.mcpServers({ runId: otherRun.id })).toMatchObject([{ definitionTokens: 300, connections: 1 }]);
    reader.close();
  });
});

describe('lists of MCP calls', () => {
  function filled() {
    const { file, store, run } = startedStore();
    const other = aRun({ cwd: '/code/other' });
    store.beginRun(other);
    const serena = connected(store, aConnection(run.id, { startedAt: START, sessionId: 'session-1' }));
    const jira = connected(
      store,
      aConnection(other.id, { name: 'jira', startedAt: START + 50, endedAt: START + 5_000 }),
    );
    const calls = [
      ...saveCalls(store, serena, [
        { name: 'find', at: START + 100 },
        { name: 'find', at: START + 200, state: 'rpc_error' },
        { name: 'edit', at: START + 300, state: 'open' },
      ]),
      ...saveCalls(store, jira, [{ name: 'search', at: START + 400 }]),
    ];
    const calling = aRequest(other.id, { sessionId: 'session-2' });
    const carrying = aRequest(other.id, { sessionId: 'session-2' });
    for (const request of [calling, carrying]) {
      store.saveRequest(request);
      const thread = { knownServers: [], agent: { name: 'Explore', prompt: null } };
      store.saveResponse(aResponse(request), anAttribution([aShare('user', 5)], { thread }));
    }
    store.saveMcp([
      {
        type: 'delivery',
        delivery: aDelivery(calls[3]?.toolUseId ?? '', carrying.correlationId, {
          calledBy: calling.correlationId,
          form: 'structured_only',
        }),
      },
    ]);
    store.close();
    const reader = openReader(file);
    const times = (filter: Parameters<typeof reader.mcpCalls>[0]) =>
      reader.mcpCalls(filter).map(({ sentAt }) => sentAt.getTime() - START);
    return { file, run, other, reader, calls, calling, carrying, times, serena, jira };
  }

  it('show the newest first, one page at a time', () => {
    const { reader, calls, run, serena, times } = filled();
    expect(times({})).toEqual([400, 300, 200, 100]);
    expect(reader.mcpCalls({}, { limit: 2, offset: 1 }).map(({ id }) => id)).toEqual([calls[2]?.id, calls[1]?.id]);
    expect(reader.countMcpCalls()).toBe(4);
    expect(reader.mcpCalls({}, { limit: 1, offset: 3 })).toEqual([
      {
        altered: false,
        hits: [],
        id: calls[0]?.id,
        connectionId: serena.id,
        runId: run.id,
        sessionId: 'session-1',
        server: 'serena',
        method: 'tools/call',
        name: 'find',
        toolUseId: calls[0]?.toolUseId,
        state: 'ok',
        sentAt: new Date(START + 100),
        firstProgressMs: null,
        latencyMs: 10,
        bytesSaid: 40,
        tokensSaid: 10,
        delivery: null,
      },
    ]);
    reader.close();
  });

  it('choose by every condition', () => {
    const { reader, run, other, calling, carrying, times } = filled();
    const chosen = {
      since: times({ since: START + 300 }),
      until: times({ until: START + 300 }),
      session: times({ sessionId: 'session-1' }),
      sessionOfDelivery: times({ sessionId: 'session-2' }),
      run: times({ runId: other.id }),
      project: times({ project: 'other' }),
      server: times({ server: 'ser*', runId: run.id }),
      tool: times({ tool: 'f*' }),
      state: times({ state: 'open' }),
      error: times({ state: 'error' }),
      form: times({ form: 'structured_only' }),
      caller: times({ requestId: calling.id }),
      carrier: times({ requestId: carrying.id }),
      nothing: times({ requestId: 'req_unknown' }),
      agent: times({ agent: 'Exp*' }),
      otherAgent: times({ agent: 'Plan' }),
    };
    expect(chosen).toEqual({
      since: [400, 300],
      until: [200, 100],
      session: [300, 200, 100],
      sessionOfDelivery: [400],
      run: [400],
      project: [400],
      server: [300, 200, 100],
      tool: [200, 100],
      state: [300],
      error: [200],
      form: [400],
      caller: [400],
      carrier: [400],
      nothing: [],
      agent: [400],
      otherAgent: [],
    });
    expect(() => reader.mcpCalls({ state: 'broken' as never })).toThrow(InvalidFilterError);
    expect(reader.countMcpCalls({ server: 'serena', tool: 'find' })).toBe(2);
    reader.close();
  });

  it('count the calls of the same filter in figures, with the connections that match', () => {
    const { reader, run, serena } = filled();
    const figures = (filter: Parameters<typeof reader.mcpServers>[0]) =>
      reader.mcpServers(filter).map(({ server, calls, connections }) => [server, calls, connections]);
    expect(figures({})).toEqual([
      ['serena', 3, 1],
      ['jira', 1, 1],
    ]);
    expect(figures({ sessionId: 'session-2' })).toEqual([['jira', 1, 1]]);
    expect(figures({ runId: run.id })).toEqual([['serena', 3, 1]]);
    expect(figures({ since: START + 300, until: START + 400 })).toEqual([
      ['serena', 1, 1],
      ['jira', 0, 1],
    ]);
    expect(figures({ since: START + 6_000 })).toEqual([['serena', 0, 1]]);
    expect(reader.mcpConnections({ server: 'serena' })).toEqual([
      expect.objectContaining({
        id: serena.id,
        startedAt: new Date(START),
        readyAt: new Date(START + 120),
        endedAt: null,
      }),
    ]);
    reader.close();
  });
});

describe('one MCP call', () => {
  it('is found by its id, the beginning of it, and its tool use, with both messages and what the model got', () => {
    const { file, store, run } = startedStore();
    const connection = connected(store, aConnection(run.id, { startedAt: START }));
    const [calling, carrying] = [aRequest(run.id), aRequest(run.id)];
    store.saveRequest(calling);
    store.saveRequest(carrying);
    const open = aCall(connection.id, { sentAt: START + 1, firstProgressAt: START + 3.5 }, '{"id":1}');
    const { answer, call, writes } = answered(open.call, 20, '{"id":1,"result":{"content":[]}}');
    const delivery = aDelivery(call.toolUseId ?? '', carrying.correlationId, {
      calledBy: calling.correlationId,
      form: 'cut',
      isError: true,
    });
    store.saveMcp([...open.writes, ...writes, { type: 'delivery', delivery }]);
    store.saveMcp(aCall(connection.id).writes);
    store.close();
    const reader = openReader(file);
    const found = reader.mcpCall(call.id);
    expect(found).toMatchObject({
      id: call.id,
      firstProgressMs: 2.5,
      latencyMs: 20,
      delivery: { calledBy: calling.id, carriedBy: carrying.id, form: 'cut', isError: true, tokensGot: 10 },
      connection: { id: connection.id, server: { name: 'Serena', version: null } },
      request: { id: open.request.id, sender: 'client', rpcId: 1 },
      answer: { id: answer.id, sender: 'server', kind: 'response' },
    });
    expect(Buffer.from(found.request?.bytes ?? []).toString()).toBe('{"id":1}');
    expect(Buffer.from(found.answer?.bytes ?? []).toString()).toBe('{"id":1,"result":{"content":[]}}');
    expect(reader.mcpCall(call.toolUseId ?? '')).toEqual(found);
    expect(reader.mcpCall(call.id.slice(0, -1))).toEqual(found);
    expect(reader.mcpCall(call.id.slice('mcpc_'.length).toUpperCase())).toEqual(found);
    expect(reader.mcpCall('last').id).not.toBe(call.id);
    expect(reader.mcpMessage(answer.id)).toEqual(found.answer);
    expect(() => reader.mcpCall('mcpc_0')).toThrow(AmbiguousIdError);
    for (const unknown of ['toolu_unknown', 'mcpc_', '', answer.id]) {
      expect(() => reader.mcpCall(unknown)).toThrow(NotFoundError);
    }
    reader.close();
  });

  it('is shown without its answer where that is damaged, and its API request where that is removed', () => {
    const { file, store, run } = startedStore();
    const connection = connected(store, aConnection(run.id));
    const [call] = saveCalls(store, connection, [{ name: 'find' }]);
    store.close();
    tamper(file, 'UPDATE mcp_messages SET content = 999999 WHERE n = 2');
    const reader = openReader(file);
    expect(reader.mcpCall(call?.id ?? '')).toMatchObject({ answer: { bytes: null }, request: { size: 71 } });
    reader.close();
  });
});

it('messages of a connection come in the order of their times', () => {
  const { file, store, run } = startedStore();
  const connection = connected(store, aConnection(run.id));
  const calls = saveCalls(store, connection, [
    { name: 'b', at: START + 5, latencyMs: 100 },
    { name: 'a', at: START },
  ]);
  store.close();
  const reader = openReader(file);
  const { rows, total } = reader.mcpMessages(connection.id, { limit: 3 });
  expect(total).toBe(4);
  expect(rows.map(({ id }) => id)).toEqual([calls[1]?.request, calls[0]?.request, calls[1]?.answer]);
  expect(rows[0]).toMatchObject({ name: 'a', redacted: false, truncated: false, at: new Date(START) });
  expect(() => reader.mcpMessages('mcps_unknown')).toThrow(NotFoundError);
  reader.close();
});

it('requests that carried the result of a failed MCP call are found, also of calls that were not recorded', () => {
  const { file, store, run } = startedStore();
  const connection = connected(store, aConnection(run.id));
  const requests = Array.from({ length: 6 }, () => aRequest(run.id));
  for (const request of requests) store.saveRequest(request);
  const calls = saveCalls(store, connection, [
    { name: 'find' },
    { name: 'find', state: 'tool_error' },
    { name: 'find', state: 'timeout' },
    { name: 'find' },
    { name: 'find', state: 'cancelled' },
  ]);
  const deliver = (toolUseId: string | null | undefined, index: number, isError: boolean): McpWrite => ({
    type: 'delivery',
    delivery: aDelivery(toolUseId ?? '', requests[index]?.correlationId ?? '', { isError }),
  });
  store.saveMcp([
    ...calls.map(({ toolUseId }, index) => deliver(toolUseId, index, index === 3)),
    deliver('toolu_unrecorded', 5, true),
    deliver('toolu_whole', 0, false),
  ]);
  store.saveMcp(aCall(connection.id).writes);
  store.close();
  const reader = openReader(file);
  const found = reader.query({ mcpError: true });
  expect(found.rows.map(({ id }) => id)).toEqual([5, 3, 2, 1].map((index) => requests[index]?.id));
  expect(found.total).toBe(4);
  expect(reader.count({ mcpError: true, kind: 'telemetry' })).toBe(0);
  reader.close();
});

describe('statistics by MCP tool', () => {
  const FIND = 'mcp__serena__find';
  const SEARCH = 'mcp__jira__search';

  function filled() {
    const { file, store, run } = startedStore();
    const connection = connected(store, aConnection(run.id));
    const save = (tokens: number | null, tools: readonly string[]) => {
      const request = aRequest(run.id);
      store.saveRequest(request);
      const segment = { source: 'mcp:serena', part: 'definition' as const, detail: FIND };
      store.saveResponse(
        aResponse(request),
        anAttribution([aShare('mcp:serena', 300, { part: 'definition' }), aShare('mcp:jira', 4)], {
          segments: tokens === null ? [] : [aSegment({ ...segment, tokens })],
          calls: tools.map((tool) => ({
            id: `toolu_${tool}`,
            tool,
            source: tool === SEARCH ? 'mcp:jira' : tool === FIND ? 'mcp:serena' : 'tool:Read',
          })),
        }),
      );
      return request;
    };
    const requests = [save(100, [FIND, FIND, 'Read']), save(50, [FIND]), save(null, [SEARCH])];
    const [call] = saveCalls(store, connection, [{ name: 'find', at: Date.now() }]);
    const [request] = requests;
    store.saveMcp([
      { type: 'delivery', delivery: aDelivery(call?.toolUseId ?? '', request?.correlationId ?? '', { tokensGot: 70 }) },
    ]);
    store.close();
    return { file, run };
  }

  it('have what the definition of each cost, its calls, and its recorded results', () => {
    const { file } = filled();
    const reader = openReader(file);
    const { rows, total, counts } = reader.stats({}, { by: 'mcp-tool' });
    expect(rows).toMatchObject([
      { key: FIND, requests: 2, billedRequests: 2, inputTokens: 150, costUsd: 0.00015, calls: 3, resultTokens: 70 },
      // Deferred: called, and in no request.
      { key: SEARCH, requests: 0, inputTokens: 0, calls: 1, resultTokens: null },
    ]);
    expect(total).toMatchObject({ requests: 3, outputTokens: 126 });
    expect(counts).toBe('all_requests');
    reader.close();
  });

  it('choose a source and a project, and keep what retention has removed', () => {
    const { file } = filled();
    const reader = openReader(file);
    expect(reader.stats({ source: 'mcp:jira' }, { by: 'mcp-tool' }).rows.map(({ key }) => key)).toEqual([SEARCH]);
    expect(reader.stats({ project: 'project' }, { by: 'mcp-tool' }).rows).toMatchObject([{ key: FIND, calls: 3 }, {}]);
    expect(reader.stats({ project: 'elsewhere' }, { by: 'mcp-tool' }).rows).toEqual([]);
    const store = openStore(file);
    const pruning = store.retention.prune({ olderThan: Date.now() + 1_000, maxBytes: 2 ** 40, sparedSince: 0 });
    while (pruning.step());
    store.close();
    expect(reader.stats({}, { by: 'mcp-tool' }).rows).toMatchObject([
      { key: FIND, requests: 2, inputTokens: 150, calls: 3, resultTokens: null },
      { key: SEARCH, calls: 1 },
    ]);
    reader.close();
  });
});
