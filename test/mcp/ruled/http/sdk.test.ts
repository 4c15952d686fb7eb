import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { modernServer } from '../../support/modern-server.js';
import { type RuledHttp, ruledHttp, served } from '../../support/ruled-http.js';
import { sseServer, streamableServer } from '../../support/sdk-http-servers.js';

interface Caller {
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  listTools(): Promise<unknown>;
}

async function legacy(transport: Transport): Promise<Caller> {
  const client = new Client({ name: 'one', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Uma' } }));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client as Caller;
}

const KINDS: Record<
  string,
  { url(): Promise<string>; transport: 'http' | 'sse'; connect(url: string, ruled: RuledHttp): Promise<Caller> }
> = {
  'JSON answers (SDK 1.x)': {
    url: () => served(streamableServer([], { enableJsonResponse: true })),
    transport: 'http',
    connect: (url, { fetch }) => legacy(new StreamableHTTPClientTransport(new URL(url), { fetch }) as Transport),
  },
  'events (SDK 1.x)': {
    url: () => served(streamableServer([])),
    transport: 'http',
    connect: (url, { fetch }) => legacy(new StreamableHTTPClientTransport(new URL(url), { fetch }) as Transport),
  },
  '2024-11-05 (SDK 1.x)': {
    url: () => served(sseServer([])),
    transport: 'sse',
    connect: (url, { fetch }) =>
      legacy(new SSEClientTransport(new URL(url), { fetch, eventSourceInit: { fetch: fetch as never } }) as Transport),
  },
  '2026-07-28 (SDK 2.x)': {
    url: () => served(modernServer()),
    transport: 'http',
    async connect(url, { fetch }) {
      const client = new ModernClient({ name: 'two', version: '2' }, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new ModernHttp(new URL(url), { fetch: fetch as never }));
      onTestFinished(() => client.close());
      return client as unknown as Caller;
    },
  },
};

const text = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text;

describe.each(Object.entries(KINDS))('a server with %s', (kind, { url, transport, connect }) => {
  async function connected(rules: string): Promise<{ client: Caller; ruled: RuledHttp }> {
    const address = await url();
    const ruled = await ruledHttp(`version: 1\nrules:\n${rules}`, { url: address, transport });
    return { ruled, client: await connect(address, ruled) };
  }
  const add = (client: Caller) => client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });

  it('is not asked where a rule mocks, blocks or limits', async () => {
    const { client, ruled } = await connected(`
  - { id: mocked, when: { tool: add }, then: [{ mock: { result: { content: [{ type: text, text: "{{ request.params.arguments.b }}!" }] } } }] }
  - { id: no, when: { tool: fail }, then: [{ block: { reason: not here } }] }
  - { id: limited, when: { tool: work }, then: [{ fault: { kind: rate_limit, retry_after_ms: 1500 } }] }
`);
    expect(text(await add(client))).toBe('2!');
    await expect(client.callTool({ name: 'fail', arguments: {} })).rejects.toThrow('not here');
    await expect(client.callTool({ name: 'work', arguments: {} })).rejects.toThrow(/429|Rate limit/);
    expect(ruled.problems).toEqual([]);
    expect(ruled.ruled().map(({ sender, ruled: { made, dropped } }) => ({ sender, made, dropped }))).toEqual(
      [1, 2, 3].flatMap(() => [
        { sender: 'client', made: false, dropped: true },
        { sender: 'server', made: true, dropped: false },
      ]),
    );
  });

  it('gets changed requests, and its client changed answers', async () => {
    const { client } = await connected(`
  - { id: up, when: { direction: client_to_server, tool: add }, then: [{ modify: { set: { "$.arguments.a": 5 } } }] }
  - { id: more, when: { tool: add, result: { "$.content": { exists: true } } }, then: [{ modify: { transform: { "$.content[0].text": { suffix: "?" } } } }, { delay: { ms: 50 } }] }
`);
    expect(text(await add(client))).toBe('7?');
  });

  it.skipIf(kind.includes('JSON') || kind.includes('2026'))(
    'gets the answer of a rule to its own request',
    async () => {
      const { client, ruled } = await connected(`
  - { id: quiet, when: { direction: server_to_client, method: elicitation/create }, then: [{ mock: { result: { action: decline } } }] }
`);
      expect(text(await client.callTool({ name: 'ask', arguments: {} }))).toBe('decline');
      expect(ruled.ruled().map(({ sender, ruled: { made, dropped } }) => [sender, made, dropped])).toEqual([
        ['server', false, true],
        ['client', true, false],
      ]);
    },
  );
});
