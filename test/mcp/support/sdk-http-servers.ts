import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { onTestFinished } from 'vitest';
import type { McpSender } from '../../../src/model/mcp.js';
import { listenOnLoopback } from '../../support/loopback.js';
import { sdkServer } from './sdk-server.js';

/** What the transports of both sides were given to send, as they write it. */
export type Log = { sender: McpSender; text: string }[];

export function log(transport: Transport, sender: McpSender, sent: Log): void {
  const send = transport.send.bind(transport);
  transport.send = async (messages, options) => {
    sent.push(...[messages].flat().map((message) => ({ sender, text: JSON.stringify(message) })));
    await send(messages, options);
  };
}

export interface HttpServer {
  /** Of the MCP server. */
  url: string;
  close(): Promise<unknown>;
}

/** A server of Streamable HTTP with sessions. @param enableJsonResponse it answers with documents, not with events */
export function streamableServer(
  sent: Log,
  { enableJsonResponse = false, waitMs }: { enableJsonResponse?: boolean; waitMs?: number } = {},
): Promise<HttpServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  return listen('/mcp', async (request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      enableJsonResponse,
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    await sdkServer(waitMs).connect(transport as Transport);
    log(transport as Transport, 'server', sent);
    await transport.handleRequest(request, response);
  });
}

/** A server of the transport of 2024-11-05. */
export function sseServer(sent: Log): Promise<HttpServer> {
  const transports = new Map<string, SSEServerTransport>();
  return listen('/sse', async (request, response) => {
    const session = new URL(request.url ?? '', 'http://localhost').searchParams.get('sessionId');
    const known = transports.get(session ?? '');
    if (known) return known.handlePostMessage(request, response);
    if (request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    const transport = new SSEServerTransport('/messages', response);
    transports.set(transport.sessionId, transport);
    await sdkServer().connect(transport);
    log(transport, 'server', sent);
  });
}

export async function listen(path: string, handler: http.RequestListener): Promise<HttpServer> {
  const { port, close } = await listenOnLoopback(http.createServer(handler));
  return { url: `http://localhost:${port}${path}`, close };
}

/** A server for the length of a test. */
export async function served(server: Promise<HttpServer>): Promise<string> {
  const { url, close } = await server;
  onTestFinished(() => void close());
  return url;
}
