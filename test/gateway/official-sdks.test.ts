import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { modernServer } from '../mcp/support/modern-server.js';
import { legacySession, modernSession } from '../mcp/support/sdk-clients.js';
import { type HttpServer, served, streamableServer } from '../mcp/support/sdk-http-servers.js';
import { richServer } from './support/rich-server.js';
import { runningGateway } from './support/running-gateway.js';

const LEGACY_TOOLS = ['add', 'fail', 'work', 'ask'];
const MODERN_TOOLS = ['add', 'ask'];

async function inFrontOf(server: Promise<HttpServer>) {
  const direct = await served(server);
  const running = await runningGateway({ routes: { sums: { upstreams: [{ url: direct }] } } });
  return { direct, through: running.url('sums'), running };
}

describe('a session through the gateway is equal to a direct one', () => {
  it.each([
    ['events', false],
    ['documents', true],
  ])('with the SDK 1.x as client and server, answers as %s', async (_what, enableJsonResponse) => {
    const { direct, through, running } = await inFrontOf(streamableServer([], { enableJsonResponse }));
    const tools = enableJsonResponse ? ['add', 'fail'] : LEGACY_TOOLS;
    const [wanted, given] = [await legacySession(direct, tools), await legacySession(through, tools)];
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
    expect(running.factsOf('upstream_error')).toEqual([]);
  });

  it('with the SDK 2.x as client, and a server of 1.x', async () => {
    const { direct, through } = await inFrontOf(streamableServer([]));
    const [wanted, given] = [await modernSession(direct, LEGACY_TOOLS), await modernSession(through, LEGACY_TOOLS)];
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
  });

  it('with the SDK 2.x as client and server, of 2026-07-28', async () => {
    const { direct, through } = await inFrontOf(modernServer());
    const [wanted, given] = [await modernSession(direct, MODERN_TOOLS), await modernSession(through, MODERN_TOOLS)];
    expect(given.protocol).toBe('2026-07-28');
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
  });

  it('with prompts, sampling, subscriptions and tasks', async () => {
    const { direct, through } = await inFrontOf(richServer());
    const [wanted, given] = [await richSession(direct), await richSession(through)];
    expect(given).toEqual(wanted);
    expect(given.updated).toEqual(['note://1']);
    expect(given.task.at(-1)).toMatchObject({ type: 'result', result: { content: [{ text: 'slow and done' }] } });
  });
});

/** The results that a client of the SDK 1.x gets from a rich server. */
async function richSession(url: string) {
  const client = new Client({ name: 'one', version: '1' }, { capabilities: { sampling: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'm',
    role: 'assistant' as const,
    content: { type: 'text' as const, text: 'Fine.' },
  }));
  const updated: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void updated.push(params.uri));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport);
  try {
    const results = [
      await client.listPrompts(),
      await client.getPrompt({ name: 'greet', arguments: { name: 'Uma' } }),
      await client.readResource({ uri: 'note://1' }),
      await client.callTool({ name: 'sample' }),
      await client.subscribeResource({ uri: 'note://1' }),
    ];
    const task: object[] = [];
    const call = { name: 'slow', arguments: { ms: 100 } };
    const stream = client.experimental.tasks.callToolStream(call, undefined, { task: { ttl: 60_000 } });
    // How often a task is asked for its state depends on time.
    for await (const message of stream) if (message.type === 'result') task.push(message);
    await expect.poll(() => updated).toHaveLength(1);
    return { results, updated, task: task.map((each) => JSON.parse(withoutIds(each))) };
  } finally {
    await client.close();
  }
}

function withoutIds(value: object): string {
  return JSON.stringify(value).replaceAll(/"taskId":"[^"]*"/g, '"taskId":""');
}
