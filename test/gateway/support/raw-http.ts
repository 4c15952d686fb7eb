import http from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listenOnLoopback } from '../../support/loopback.js';

/** Sends bytes as they are, and reads until the other end closes. */
export async function rawExchange(url: string, ...parts: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  for (const part of parts) socket.write(part, 'latin1');
  await closed;
  return received;
}

/** Status of the first answer; null without one. */
export function statusOf(received: string): number | null {
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(received) ?? [];
  return status === undefined ? null : Number(status);
}

export interface Upstream {
  url: string;
  /** The requests that it got. */
  requests: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[];
}

/** An HTTP server in this process that notes what it gets. */
export async function scriptedUpstream(
  answer: (
    response: http.ServerResponse,
    request: { body: string; headers: http.IncomingHttpHeaders; method: string },
  ) => void,
): Promise<Upstream> {
  const requests: Upstream['requests'] = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers, body });
    answer(response, { body, headers, method });
  });
  return { url: await listening(server), requests };
}

/** A server of bytes. */
export async function rawUpstream(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listening(server);
}

async function listening(server: http.Server | ReturnType<typeof createServer>): Promise<string> {
  const { url, close } = await listenOnLoopback(server);
  // Not awaited: sockets of `rawUpstream` are destroyed later.
  onTestFinished(() => void close());
  return `${url}/mcp`;
}

export const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
export const MCP_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

export function post(url: string, body: string = PING, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { ...MCP_HEADERS, ...headers } });
}

/** Answers the first request of a body with an empty result. */
export function answerEmpty(response: http.ServerResponse, { body }: { body: string }): void {
  const { id = null } = body === '' ? {} : JSON.parse(body);
  const text = JSON.stringify({ jsonrpc: '2.0', id, result: {} });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
}
