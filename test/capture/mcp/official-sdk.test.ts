import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpEvent, observe } from '../../../src/wire/index.js';
import { type Log, log, sseServer, streamableServer } from '../../mcp/support/sdk-http-servers.js';
import { startTestProxy } from '../../proxy/support/harness.js';
import { recorded } from './support/recorded.js';

const cleanups: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Our real proxy in front of all servers on localhost, and what is recorded of their traffic. */
async function recordingProxy() {
  const made = recorded();
  const emit = (event: HttpEvent) => {
    // As the sender between the threads does it.
    if (event.type !== 'request_body' && event.type !== 'response_body') return made.recorder.http(event);
    const bytes = new Uint8Array(new SharedArrayBuffer(event.bytes.length));
    bytes.set(event.bytes);
    made.recorder.http({ ...event, bytes });
  };
  const proxy = await startTestProxy({ openObserver: (connection) => observe(connection, emit) });
  cleanups.push(() => proxy.close());
  const agent = new http.Agent({ keepAlive: true });
  cleanups.push(async () => agent.destroy());
  const fetchThroughProxy: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const sent = http.request({
      host: '127.0.0.1',
      port: proxy.port,
      agent,
      method: request.method,
      path: request.url,
      headers: { ...Object.fromEntries(request.headers), host: new URL(request.url).host },
    });
    request.signal.addEventListener('abort', () => sent.destroy());
    sent.end(Buffer.from(await request.arrayBuffer()));
    const [answer]: http.IncomingMessage[] = await once(sent, 'response');
    if (!answer) throw new Error('there is no answer');
    const isEmpty = [202, 204].includes(answer.statusCode ?? 0);
    if (isEmpty) answer.resume();
    const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
    return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), {
      status: answer.statusCode ?? 0,
      headers,
    });
  };
  return { ...made, fetchThroughProxy };
}

function newClient(): Client {
  const client = new Client({ name: 'test', version: '0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
  return client;
}

/** @param isStreaming a document has only an answer: no progress, no question to the client */
async function useServer(client: Client, sent: Log, isStreaming: boolean): Promise<void> {
  await client.listTools();
  await Promise.all([
    client.callTool({ name: 'add', arguments: { a: 2, b: 2 }, _meta: { 'claudecode/toolUseId': 'toolu_1' } }),
    client.callTool({ name: 'fail' }),
    client.readResource({ uri: 'note://1' }),
    ...(isStreaming
      ? [client.callTool({ name: 'work' }, undefined, { onprogress: () => {} }), client.callTool({ name: 'ask' })]
      : []),
  ]);
  await expect(client.callTool({ name: 'wait' }, undefined, { timeout: 50 })).rejects.toThrow('timed out');
  await expect.poll(() => sent.some(({ text }) => text.includes('notifications/cancelled'))).toBe(true);
}

const CALLS = [
  ['add', 'ok', 'toolu_1'],
  ['fail', 'tool_error', null],
  ['note://1', 'ok', null],
  ['wait', 'timeout', null],
];
const STREAMED_CALLS = [
  ['work', 'ok', null],
  ['ask', 'ok', null],
];

function expectAll(made: Awaited<ReturnType<typeof recordingProxy>>, sent: Log, isStreaming: boolean): void {
  for (const sender of ['client', 'server'] as const) {
    const texts = made.messages().filter((message) => message.sender === sender);
    expect(texts.map(({ bytes }) => Buffer.from(bytes).toString()).sort()).toEqual(
      sent
        .filter((message) => message.sender === sender)
        .map(({ text }) => text)
        .sort(),
    );
  }
  const calls = made.calls().map(({ name, state, toolUseId }) => [name, state, toolUseId]);
  expect(calls.sort()).toEqual([...CALLS, ...(isStreaming ? STREAMED_CALLS : [])].sort());
  expect(made.calls().filter(({ firstProgressAt }) => firstProgressAt !== null)).toHaveLength(isStreaming ? 1 : 0);
  expect(
    made.messages().every(({ kind, redacted, truncated }) => kind !== 'malformed' && !redacted && !truncated),
  ).toBe(true);
}

describe('a client of the official SDK behind our proxy', () => {
  it.each([
    ['events', false],
    ['documents', true],
  ])('is recorded with a server of Streamable HTTP that answers with %s', async (_, enableJsonResponse) => {
    const sent: Log = [];
    const { url, close } = await streamableServer(sent, { enableJsonResponse });
    cleanups.push(close);
    const made = await recordingProxy();
    const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: made.fetchThroughProxy });
    log(transport as Transport, 'client', sent);
    const client = newClient();
    await client.connect(transport as Transport);
    await useServer(client, sent, !enableJsonResponse);
    await expect.poll(() => made.messages().length).toBe(sent.length);
    expectAll(made, sent, !enableJsonResponse);
    expect(made.connections()).toMatchObject([
      {
        transport: 'http',
        era: 'legacy',
        protocol: '2025-11-25',
        server: { name: 'sums' },
        target: url,
        endedAt: null,
        lost: 0,
      },
    ]);
    await transport.terminateSession();
    await expect.poll(() => made.connections()[0]?.endedAt).not.toBeNull();
    await client.close();
  });

  it('is recorded with a server of the transport of 2024-11-05', async () => {
    const sent: Log = [];
    const { url, close } = await sseServer(sent);
    cleanups.push(close);
    const made = await recordingProxy();
    const client = newClient();
    const clientSide = new SSEClientTransport(new URL(url), { fetch: made.fetchThroughProxy });
    log(clientSide, 'client', sent);
    await client.connect(clientSide);
    await useServer(client, sent, true);
    await expect.poll(() => made.messages().length).toBe(sent.length);
    expectAll(made, sent, true);
    expect(made.connections()).toMatchObject([
      { transport: 'sse', era: 'legacy', server: { name: 'sums' }, target: url, endedAt: null },
    ]);
    await client.close();
    await expect.poll(() => made.connections()[0]?.endedAt).not.toBeNull();
  });
});
