import { describe, expect, it } from 'vitest';
import type { McpWrite } from '../../../src/model/mcp-write.js';
import { openDatabase, openReader, openStore } from '../../../src/store/index.js';
import { ALL_IN_USE, contentUse } from '../support/content-use.js';
import { aCall, aConnection, aDefinition, aDelivery, answered } from '../support/mcp-records.js';
import { aRequest, aRun } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

const TABLES = ['mcp_servers', 'mcp_messages', 'mcp_calls', 'mcp_deliveries', 'mcp_definitions', 'slices'];

function rowsOf(file: string, tables = TABLES): Record<string, unknown[]> {
  const db = openDatabase(file, { readonly: true });
  const rows = tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]);
  db.close();
  return Object.fromEntries(rows);
}

/** A stored connection and two stored API requests: that which called, and that which carried the result. */
function started() {
  const { file, store, run } = startedStore();
  const connection = aConnection(run.id);
  const [calling, carrying] = [aRequest(run.id), aRequest(run.id)];
  store.saveRequest(calling);
  store.saveRequest(carrying);
  store.saveMcp([{ type: 'connection', connection }]);
  return { file, store, run, connection, calling, carrying };
}

describe('what is stored of MCP', () => {
  it('is logged as changes of calls, each once', () => {
    const { file, store, run, connection, calling, carrying } = started();
    const { call, writes } = aCall(connection.id);
    const ended = answered(call, 80, '{}');
    const delivery = aDelivery(call.toolUseId ?? '', carrying.correlationId, { calledBy: calling.correlationId });
    const late = aCall(connection.id);
    for (let times = 0; times < 2; times += 1) {
      store.saveMcp([...writes, ...ended.writes, { type: 'delivery', delivery }, ...late.writes]);
    }
    store.endRun(run.id, Date.now());
    for (let times = 0; times < 2; times += 1) store.markInterrupted();
    store.close();
    const reader = openReader(file);
    const changes = reader.changes(0, 100).filter(({ mcpCallId }) => mcpCallId !== null);
    expect(changes.map(({ type, mcpCallId, requestId }) => [type, mcpCallId, requestId])).toEqual([
      ['mcp_call.started', call.id, null],
      ['mcp_call.ended', call.id, null],
      ['mcp_call.delivered', call.id, null],
      ['mcp_call.started', late.call.id, null],
      ['mcp_call.ended', late.call.id, null],
    ]);
    reader.close();
  });

  it('is the same after the same writes came again, as after a crash of the recorder', () => {
    const { file, store, connection, calling, carrying } = started();
    const open = aCall(connection.id);
    const ended = answered(open.call, 80.5, '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    const delivery = aDelivery(open.call.toolUseId ?? '', carrying.correlationId, { calledBy: calling.correlationId });
    const writes: McpWrite[] = [
      { type: 'connection', connection: { ...connection, readyAt: null } },
      { type: 'connection', connection },
      ...open.writes,
      ...ended.writes,
      { type: 'delivery', delivery },
      { type: 'definition', definition: aDefinition(connection.id) },
    ];
    store.saveMcp(writes);
    const stored = rowsOf(file);
    expect(stored.mcp_calls).toMatchObject([
      { state: 'ok', called_by: 1, carried_by: 2, form: 'whole', tokens_got: 10, is_error: 0, answer: 2 },
    ]);
    for (let from = 0; from < writes.length; from += 1) store.saveMcp(writes.slice(from));
    store.close();
    expect(rowsOf(file)).toEqual(stored);
    expect(contentUse(file)).toEqual(ALL_IN_USE);
  });

  it('keeps what an answer is for, where a new recorder does not know the request', () => {
    const { file, store, connection } = started();
    const open = aCall(connection.id);
    const ended = answered(open.call, 80.5, '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    store.saveMcp([...open.writes, ...ended.writes]);
    const stored = rowsOf(file);
    const again = ended.writes.flatMap((write): McpWrite[] =>
      write.type === 'message' ? [{ ...write, message: { ...write.message, method: null, name: null } }] : [],
    );
    expect(again).toHaveLength(1);
    store.saveMcp(again);
    store.close();
    expect(rowsOf(file)).toEqual(stored);
    expect(stored.mcp_messages?.at(-1)).toMatchObject({ method: 'tools/call' });
  });

  it.each([
    ['before', false],
    ['after', true],
  ])('joins a delivery that arrives %s its call', (_, callFirst) => {
    const { file, store, connection, carrying } = started();
    const { call, writes } = aCall(connection.id);
    const delivery = aDelivery(call.toolUseId ?? '', carrying.correlationId, { form: 'cut', tokensGot: 7.6 });
    const both: McpWrite[][] = [writes, [{ type: 'delivery', delivery }]];
    for (const each of callFirst ? both : both.reverse()) store.saveMcp(each);
    store.close();
    const { mcp_calls, mcp_deliveries } = rowsOf(file);
    expect(mcp_calls).toMatchObject([{ form: 'cut', carried_by: 2, tokens_got: 8, state: 'open' }]);
    expect(mcp_deliveries).toEqual([]);
  });

  it('names the session of a call by the API request that carried its result', () => {
    const { file, store, connection, carrying } = started();
    const { call, writes } = aCall(connection.id);
    store.saveMcp(writes);
    store.saveMcp([{ type: 'delivery', delivery: aDelivery(call.toolUseId ?? '', carrying.correlationId) }]);
    // The capture of MCP does not learn the session.
    store.saveMcp([{ type: 'connection', connection: { ...connection, endedAt: Date.now(), exit: 'exit code 0' } }]);
    store.close();
    const { mcp_calls, mcp_servers } = rowsOf(file);
    expect(mcp_calls).toMatchObject([{ session_id: carrying.sessionId }]);
    expect(mcp_servers).toMatchObject([{ session_id: carrying.sessionId, exit: 'exit code 0' }]);
  });

  it('keeps the first API request that carried a result', () => {
    const { file, store, connection, calling, carrying } = started();
    const { call, writes } = aCall(connection.id);
    store.saveMcp(writes);
    const deliver = (carriedBy: string, bytesGot: number) =>
      store.saveMcp([
        { type: 'delivery', delivery: aDelivery(call.toolUseId ?? '', carriedBy, { bytesGot }) },
        { type: 'delivery', delivery: aDelivery('toolu_of_nobody', carriedBy, { bytesGot }) },
      ]);
    deliver(carrying.correlationId, 30);
    deliver(calling.correlationId, 20);
    deliver(carrying.correlationId, 40);
    deliver('01unknown', 50);
    store.close();
    const { mcp_calls, mcp_deliveries } = rowsOf(file);
    expect(mcp_calls).toMatchObject([{ carried_by: 1, bytes_got: 20 }]);
    expect(mcp_deliveries).toMatchObject([{ tool_use_id: 'toolu_of_nobody', carried_by: 1, bytes_got: 20 }]);
  });

  it('keeps what the model got of a definition until the server says something else', () => {
    const { file, store, connection } = started();
    const save = (values: Parameters<typeof aDefinition>[1]) => {
      store.saveMcp([{ type: 'definition', definition: aDefinition(connection.id, values) }]);
      return rowsOf(file).mcp_definitions?.[0];
    };
    save({});
    expect(save({ bytesGot: 20 })).toMatchObject({ bytes_got: 20, bytes_said: 300 });
    expect(save({})).toMatchObject({ bytes_got: 20 });
    expect(save({ hash: 'f'.repeat(64), bytesSaid: 310 })).toMatchObject({ bytes_got: null, bytes_said: 310 });
    store.close();
  });

  it('stores ids of JSON-RPC as numbers or text', () => {
    const { file, store, connection } = started();
    const ids = [7, '7', 0.5, 2 ** 60, null];
    for (const rpcId of ids) {
      const { request } = aCall(connection.id);
      store.saveMcp([{ type: 'message', message: { ...request, rpcId } }]);
    }
    store.close();
    expect(rowsOf(file).mcp_messages).toMatchObject(ids.map((rpc_id) => ({ rpc_id })));
  });

  it('refuses a message without its connection, and leaves out a call without its request message', () => {
    const { file, store, run, connection } = started();
    const { call, writes } = aCall(aConnection(run.id).id);
    expect(() => store.saveMcp(writes)).toThrow();
    store.saveMcp([{ type: 'call', call: { ...call, connectionId: connection.id } }]);
    store.close();
    expect(rowsOf(file)).toMatchObject({ mcp_messages: [], mcp_calls: [] });
  });
});

describe('a run that died', () => {
  it('has its MCP calls and connections ended at the next start, and only these', () => {
    const { file, store } = startedStore();
    const [dead, ended, alive] = [aRun({ pid: 2 ** 22 + 1 }), aRun(), aRun()];
    const connections = [dead, ended, alive].map((run) => {
      store.beginRun(run);
      const connection = aConnection(run.id, { startedAt: 1_000, readyAt: 2_000 });
      const open = aCall(connection.id, { sentAt: 3_000 });
      const done = aCall(connection.id, { sentAt: 3_500 });
      store.saveMcp([
        { type: 'connection', connection },
        ...open.writes,
        ...done.writes,
        ...answered(done.call, 500, '{}').writes,
      ]);
      return connection;
    });
    const unused = aConnection(dead.id, { startedAt: 1_000, readyAt: null, transport: 'http' });
    store.saveMcp([{ type: 'connection', connection: unused }]);
    store.endRun(ended.id);
    const next = openStore(file);
    next.markInterrupted();
    next.close();
    store.close();
    const { mcp_calls, mcp_servers } = rowsOf(file);
    expect(mcp_calls).toMatchObject(
      ['interrupted', 'ok', 'interrupted', 'ok', 'open', 'ok'].map((state) => ({ state })),
    );
    expect(mcp_servers).toMatchObject([
      { id: connections[0]?.id, ended_at: 4_000, exit: 'interrupted' },
      { id: connections[1]?.id, ended_at: 4_000, exit: 'interrupted' },
      { id: connections[2]?.id, ended_at: null, exit: null },
      { id: unused.id, ended_at: 1_000, exit: null },
    ]);
  });
});
