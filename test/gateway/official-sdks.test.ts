import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { modernServer } from '../mcp/support/modern-server.js';
import { legacySession, modernSession } from '../mcp/support/sdk-clients.js';
import { type HttpServer, served, streamableServer } from '../mcp/support/sdk-http-servers.js';
import { richModernServer } from './support/rich-modern-server.js';
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

  it('of 2026-07-28 with prompts, resources, sampling, roots, progress, subscriptions and cancellation', async () => {
    const { server, changeNote, cancelled } = richModernServer();
    const { direct, through, running } = await inFrontOf(server);
    const wanted = await richModernSession(direct, 'direct', changeNote);
    const given = await richModernSession(through, 'gateway', changeNote);
    expect(given).toEqual(wanted);
    expect(given).toMatchObject({ updated: ['note://1'], progress: [{ progress: 1 }, { progress: 2 }] });
    await expect.poll(() => cancelled).toEqual(['direct', 'gateway']);
    expect(running.factsOf('upstream_error')).toEqual([]);
  });

  it('with prompts, sampling, subscriptions and tasks', async () => {
    const { direct, through } = await inFrontOf(richServer());
    const [wanted, given] = [await richSession(direct), await richSession(through)];
    expect(given).toEqual(wanted);
    expect(given.updated).toEqual(['note://1']);
    expect(given.task.at(-1)).toMatchObject({ type: 'result', result: { content: [{ text: 'slow and done' }] } });
  });
});

/** The results that a client of the SDK 2.x gets from a rich server of 2026-07-28. @param name tells who cancels */
async function richModernSession(url: string, name: string, changeNote: () => void) {
  const client = new ModernClient(
    { name: 'two', version: '2' },
    { capabilities: { sampling: {}, roots: {} }, versionNegotiation: { mode: 'auto' } },
  );
  client.setRequestHandler('sampling/createMessage', () => ({
    model: 'm',
    role: 'assistant' as const,
    content: { type: 'text' as const, text: 'Fine.' },
  }));
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///home', name: 'home' }] }));
  const updated: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
  await client.connect(new ModernHttp(new URL(url)));
  const progress: unknown[] = [];
  const call = (tool: string, options = {}) => client.callTool({ name: tool, arguments: { name } }, options);
  try {
    const results = [
      client.getNegotiatedProtocolVersion(),
      await client.listPrompts(),
      await client.getPrompt({ name: 'greet', arguments: { name: 'Uma' } }),
      await client.listResources(),
      await client.readResource({ uri: 'note://1' }),
      await call('sample'),
      await call('steps', { onprogress: (each: unknown) => void progress.push(each) }),
    ];
    const listening = await client.listen({ resourceSubscriptions: ['note://1'] });
    changeNote();
    await expect.poll(() => updated).toHaveLength(1);
    await listening.close();
    const leaves = new AbortController();
    const waiting = call('wait', { signal: leaves.signal, onprogress: () => leaves.abort() });
    await expect(waiting).rejects.toThrow();
    return { results, updated, progress };
  } finally {
    await client.close();
  }
}

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
