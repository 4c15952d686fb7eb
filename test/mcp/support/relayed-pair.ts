import { onTestFinished } from 'vitest';
import type { ProxyOptions } from '../../../src/proxy/server.js';
import { ours, upstreamContext } from '../../proxy/support/harness.js';
import { openTunnel, Peer, type RawTlsServer, secure, startRawTlsServer } from '../../support/raw-tls.js';
import { type RuledHttp, ruledProxy } from './ruled-http.js';
import { call } from './ruled-pipe.js';

/** Matches nothing that is sent here, and everything must be looked at. */
export const NOTHING = '  - { id: none, when: { params: { "$..never": true } }, then: [{ block: { reason: no } }] }';
export const rules = (text: string) => `version: 1\nrules:\n${text}`;

export interface Pair {
  ruled: RuledHttp;
  client: Peer;
  server: Peer;
  upstream: RawTlsServer;
}

/** A client and a server that are sockets, each behind TLS. */
export async function pair(
  text: string | null,
  alpn = ['h2', 'http/1.1'],
  url?: string,
  options: Partial<ProxyOptions> = {},
): Promise<Pair> {
  const upstream = await startRawTlsServer(upstreamContext(), { alpn });
  onTestFinished(() => upstream.close());
  const server = { url: url ?? `https://localhost:${upstream.port}/mcp` };
  const ruled = await ruledProxy(text && rules(text), [server], options);
  const tunnel = await openTunnel(ruled.proxy.port, `localhost:${upstream.port}`);
  const [opened, accepted] = await Promise.all([secure(tunnel, { ca: ours.certificatePem, alpn }), upstream.accept()]);
  const client = new Peer(opened);
  onTestFinished(() => void client.stream.destroy());
  return { ruled, client, server: accepted, upstream };
}

export const json = (body: string | Buffer, head: readonly string[] = []) =>
  Buffer.concat([
    Buffer.from(
      [
        'POST /mcp HTTP/1.1',
        'Host: x',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        ...head,
        '',
        '',
      ].join('\r\n'),
    ),
    Buffer.from(body),
  ]);
export const ok = (body: string, type = 'application/json') =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
export const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const message = (id: number) => call(id, 'add').trim();

/** A request with one message has been sent, and the server has it. */
export async function asked({ client, server }: Pair, body = message(1), head: readonly string[] = []): Promise<void> {
  const before = server.received.length;
  await client.send(json(body, head));
  await server.receives(before + 1);
}

export const streamHead = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
export const answer = (id: number, text = 'fine') =>
  JSON.stringify({ result: { content: [{ text }] }, jsonrpc: '2.0', id });
export const SLOW = '  - { id: slow, when: { tool: add }, then: [{ delay: { ms: 150 } }] }';
export const HOLD = '  - { id: hold, when: { tool: add }, then: [{ pause: { limit_ms: 60000 } }] }';
export const dropped = (http: RuledHttp) => http.ruled().map(({ sender, ruled: { dropped: is } }) => [sender, is]);
export const pausedId = ({ pauses }: RuledHttp) => {
  const [first] = pauses;
  return first?.type === 'paused' ? first.message.id : 'pause_none';
};

export function unchunked(text: string): string {
  let rest = Buffer.from(text);
  let body = '';
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.toString('latin1', 0, line), 16);
    if (!(size > 0)) return body;
    body += rest.toString('utf8', line + 2, line + 2 + size);
    rest = rest.subarray(line + 4 + size);
  }
}
