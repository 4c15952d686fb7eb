import http, { type Agent, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { openTunnel } from '../../support/raw-tls.js';

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** `fetch` through a proxy, by CONNECT, with connections that are kept. @param ca trusted, PEM */
export function proxiedFetch(proxyPort: number, ca: string): { fetch: Fetch; close(): void } {
  const agents = { http: tunnelAgent(proxyPort, null), https: tunnelAgent(proxyPort, ca) };
  return {
    async fetch(url, { method = 'GET', headers, body, signal } = {}) {
      const target = new URL(url);
      const agent = target.protocol === 'https:' ? agents.https : agents.http;
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = http.request({
          agent,
          method,
          host: target.hostname,
          port: target.port,
          path: target.pathname + target.search,
          headers: Object.fromEntries(new Headers(headers)),
          ...(signal && { signal }),
        });
        request.on('response', resolve).on('error', reject);
        request.end(body);
      });
      const status = answer.statusCode ?? 0;
      const isEmpty = status === 204 || status === 304;
      answer.on('error', () => {});
      if (isEmpty) answer.resume();
      return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), {
        status,
        headers: answer.headers as Record<string, string>,
      });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

class TunnelAgent extends http.Agent {
  readonly #open: (host: string, port: number) => Promise<Socket>;

  constructor(open: (host: string, port: number) => Promise<Socket>) {
    super({ keepAlive: true });
    this.#open = open;
  }

  override createConnection(
    { host, port }: { host?: string | null; port?: number | string | null },
    callback?: (error: Error | null, socket: Socket) => void,
  ): undefined {
    this.#open(host ?? '', Number(port)).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, null as unknown as Socket),
    );
  }
}

function tunnelAgent(proxyPort: number, ca: string | null): Agent {
  return new TunnelAgent(async (host, port) => {
    const tcp = await openTunnel(proxyPort, `${host}:${port}`);
    if (ca === null) return tcp;
    return connectTls({ socket: tcp, servername: host, ca, ALPNProtocols: ['http/1.1'] });
  });
}
