import type { McpCall, McpConnectionId, McpDelivery } from '../../../src/model/mcp.js';
import type { McpWrite } from '../../../src/model/mcp-write.js';
import type { Store } from '../../../src/store/index.js';
import { aCall, aConnection, aDefinition, aDelivery, answered } from './mcp-records.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aShare } from './records.js';

export interface PlayedCall {
  name: string;
  args?: unknown;
  /** The JSON value `result`; undefined leaves the call open. */
  result?: unknown;
  latencyMs?: number;
  values?: Partial<McpCall>;
  /** What the model gets of it; undefined: no request carries it. */
  received?: { content: unknown } & Partial<McpDelivery>;
}

/** Stores a run with MCP servers and their calls, and an API request for each call whose result was carried. */
export function playedMcp(store: Store) {
  const run = aRun();
  store.beginRun(run);

  function connect(values: Parameters<typeof aConnection>[1] = {}, tools: readonly string[] = []): McpConnectionId {
    const connection = aConnection(run.id, values);
    store.saveMcp([
      { type: 'connection', connection },
      ...tools.map((name): McpWrite => ({ type: 'definition', definition: aDefinition(connection.id, { name }) })),
    ]);
    return connection.id;
  }

  function play(connection: McpConnectionId, server: string, played: PlayedCall): McpCall {
    const { name, args = {}, result, latencyMs = 80, values = {}, received } = played;
    const params = { name, arguments: args };
    const request = JSON.stringify({ id: 1, method: 'tools/call', params });
    const { call, writes } = aCall(connection, { name, ...values }, request);
    store.saveMcp(writes);
    if (result === undefined) return call;
    store.saveMcp(answered(call, latencyMs, JSON.stringify({ id: 1, result }), values).writes);
    if (received !== undefined && call.toolUseId !== null) carry(call.toolUseId, server, name, received);
    return call;
  }

  function carry(toolUseId: string, server: string, name: string, received: NonNullable<PlayedCall['received']>): void {
    const { content, ...delivery } = received;
    const use = { type: 'tool_use', id: toolUseId, name: `mcp__${server}__${name}`, input: {} };
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [use] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: toolUseId, content }] },
    ];
    const request = aRequest(run.id, { body: aBody(JSON.stringify({ model: 'claude-test', messages })) });
    store.saveRequest(request);
    const shares = [aShare('user', 10), aShare(`mcp:${server}`, 90, { part: 'result' })];
    store.saveResponse(aResponse(request), anAttribution(shares));
    store.saveMcp([{ type: 'delivery', delivery: aDelivery(toolUseId, request.correlationId, delivery) }]);
  }

  return { run, connect, play };
}
