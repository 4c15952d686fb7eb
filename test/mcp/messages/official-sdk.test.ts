import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ElicitRequestSchema, type Progress } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { readMessages, Tracker } from '../../../src/mcp/messages/index.js';
import type { McpCall, McpDefinition, McpMessageId, McpSender } from '../../../src/model/mcp.js';
import { sdkServer } from '../support/sdk-server.js';

/** A client and a server of the official SDK over streams, with what is tracked of their lines. */
async function connected() {
  const tracker = new Tracker({ connectionId: 'mcps_1', estimateTokens: (text) => text.length });
  const calls = new Map<string, McpCall>();
  const definitions: McpDefinition[] = [];
  const methods: string[] = [];
  let seen = 0;
  const follow = (stream: PassThrough, sender: McpSender) => {
    let rest = '';
    stream.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        for (const message of readMessages({ bytes: Buffer.from(line), size: line.length, truncated: false })) {
          const id: McpMessageId = `mcpm_${seen++}`;
          const tracked = tracker.take(message, { id, sender, at: performance.now(), exchange: null });
          if (tracked.call) calls.set(tracked.call.id, tracked.call);
          definitions.push(...tracked.definitions);
          methods.push(`${sender} ${message.kind} ${tracked.method}`);
        }
      }
    });
  };
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  follow(toServer, 'client');
  follow(toClient, 'server');
  const server = sdkServer();
  await server.connect(new StdioServerTransport(toServer, toClient));
  const client = new Client({ name: 'test', version: '0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
  await client.connect(new StdioServerTransport(toClient, toServer));
  return { client, server, tracker, definitions, methods, calls: () => [...calls.values()] };
}

describe('a client and a server of the official SDK', () => {
  it('are tracked as they are', async () => {
    const { client, server, tracker, definitions, methods, calls } = await connected();
    const { tools } = await client.listTools();
    const progress: Progress[] = [];
    const results = await Promise.all([
      client.callTool({ name: 'add', arguments: { a: 2, b: 2 }, _meta: { 'claudecode/toolUseId': 'toolu_1' } }),
      client.callTool({ name: 'fail' }),
      client.callTool({ name: 'work' }, undefined, { onprogress: (step) => void progress.push(step) }),
      client.callTool({ name: 'ask' }),
      client.readResource({ uri: 'note://1' }),
    ]);
    await expect(client.getPrompt({ name: 'none' })).rejects.toThrow('-32601');
    await expect(client.callTool({ name: 'wait' }, undefined, { timeout: 50 })).rejects.toThrow('timed out');
    expect(calls().at(-1)).toMatchObject({ name: 'wait', state: 'timeout' });
    const controller = new AbortController();
    const stopped = client.callTool({ name: 'wait' }, undefined, { signal: controller.signal });
    controller.abort('the user pressed Esc');
    await expect(stopped).rejects.toThrow('Esc');

    expect(tracker.facts).toMatchObject({
      era: 'legacy',
      protocol: '2025-11-25',
      client: { name: 'test', version: '0' },
      server: { name: 'sums', version: '1.2.3' },
    });
    expect(definitions.map(({ kind, name, bytesSaid }) => [kind, name, bytesSaid])).toEqual([
      ['instructions', '', 13],
      ...tools.map(({ name, description }) => ['tool', name, description?.length]),
    ]);
    expect(progress).toHaveLength(1);
    expect(results).toHaveLength(5);
    expect(methods).toContain('client response elicitation/create');
    expect(methods).toContain('client notification notifications/initialized');
    const states = calls().map(({ method, name, state, tokensSaid }) => ({ method, name, state, tokensSaid }));
    expect(states).toEqual([
      { method: 'tools/call', name: 'add', state: 'ok', tokensSaid: 1 },
      { method: 'tools/call', name: 'fail', state: 'tool_error', tokensSaid: 8 },
      { method: 'tools/call', name: 'work', state: 'ok', tokensSaid: 4 },
      { method: 'tools/call', name: 'ask', state: 'ok', tokensSaid: 7 },
      { method: 'resources/read', name: 'note://1', state: 'ok', tokensSaid: 6 },
      { method: 'prompts/get', name: 'none', state: 'rpc_error', tokensSaid: 16 },
      { method: 'tools/call', name: 'wait', state: 'timeout', tokensSaid: null },
      { method: 'tools/call', name: 'wait', state: 'cancelled', tokensSaid: null },
    ]);
    expect(calls()[0]).toMatchObject({ toolUseId: 'toolu_1' });
    expect(calls()[2]?.firstProgressAt).not.toBeNull();
    await Promise.all([client.close(), server.close()]);
  });
});
