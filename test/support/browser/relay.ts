import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** The result of a page's attempt: what it has read, or null. */
export interface Attempt {
  name: string;
  read: string | null;
}

/** A request to a relay, and the API's answer. */
export interface Passed {
  method: string;
  path: string;
  status: number;
}

/**
 * A web server with one hostile page of its own, which passes everything else to the API unchanged. To a browser, its port is
 * the API's: under 127.0.0.1 the target of another site, under a name the server that the name was rebound to.
 */
export interface Relay {
  port: number;
  passed: Passed[];
  /** The results of the hostile page. */
  reported: Promise<Attempt[]>;
}

/** @param open headers to send instead of the API's; with them any page may read every answer */
export async function startRelay(apiPort: number, open?: Record<string, string>): Promise<Relay> {
  const passed: Passed[] = [];
  let report: (attempts: Attempt[]) => void = () => {};
  const reported = new Promise<Attempt[]>((resolve) => {
    report = resolve;
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const { pathname } = new URL(url, 'http://relay');
    if (pathname === '/hostile')
      return send(response, 'text/html', '<script type="module" src="/hostile.mjs"></script>');
    if (pathname === '/hostile.mjs') {
      return send(response, 'text/javascript', await readFile(new URL('./hostile.mjs', import.meta.url)));
    }
    if (pathname === '/report') {
      report(JSON.parse(await text(incoming)));
      return send(response, 'text/plain', '');
    }
    const allowed = open === undefined ? {} : readableBy(headers);
    if (open !== undefined && method === 'OPTIONS') return void response.writeHead(204, allowed).end();
    const onward = request({ port: apiPort, path: url, method, headers: open ?? headers, setHost: false });
    onward.on('response', (answered) => {
      const status = answered.statusCode ?? 0;
      passed.push({ method, path: pathname, status });
      response.writeHead(status, { ...answered.headers, ...allowed });
      answered.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  }

  const server = createServer((incoming, response) => void answer(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, passed, reported };
}

function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.writeHead(200, { 'content-type': type }).end(body);
}

function readableBy({ origin = '*' }: IncomingHttpHeaders): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
  };
}
