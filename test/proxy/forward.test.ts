import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTcp, Peer } from '../support/raw-tls.js';
import { startTestProxy, type TestProxy } from './support/harness.js';

let server: Server;
let port: number;
const accepted: ((peer: Peer) => void)[] = [];

beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (tcp) => accepted.shift()?.(new Peer({ stream: tcp, tcp })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

async function pair(proxy: TestProxy): Promise<[Peer, Promise<Peer>]> {
  const arrived = new Promise<Peer>((resolve) => accepted.push(resolve));
  const tcp = await openTcp(proxy.port);
  return [new Peer({ stream: tcp, tcp }), arrived];
}

describe('an absolute-form request', () => {
  it('reaches the server in origin form with its body, and its answer the client: only the connection is ours', async () => {
    const proxy = await startTestProxy({ interceptHosts: [] });
    const [client, arrived] = await pair(proxy);
    const target = `localhost:${port}`;
    void client.send(
      `POST http://${target}/v1?a=b HTTP/1.1\r\nhost: ${target}\r\nProxy-Connection: keep-alive\r\n` +
        'X-A: 1\r\nContent-Length: 4\r\n\r\nb\0\xffy',
    );
    const upstream = await arrived;
    const sent = `POST /v1?a=b HTTP/1.1\r\nhost: ${target}\r\nX-A: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nb\0\xffy`;
    await upstream.receives(sent.length);
    expect(upstream.received.toString('latin1')).toBe(sent);
    void upstream.send('HTTP/1.1 200 fine\r\nX: \xff\r\n\r\nto the end');
    upstream.fin();
    expect(await client.ended).toBe('fin');
    expect(client.received.toString('latin1')).toBe(
      'HTTP/1.1 200 fine\r\nX: \xff\r\nConnection: close\r\n\r\nto the end',
    );
    expect(proxy.observers).toEqual([]);
    client.fin();
    await proxy.close();
  });

  it('of a client that keeps connections is the only one on its connection, though the server would keep it', async () => {
    // As the official SDK of MCP answers with a stream of events.
    const keeping = http.createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'keep-alive' });
      response.end(`data: ${request.url}\n\n`);
    });
    keeping.listen(0, '127.0.0.1');
    await once(keeping, 'listening');
    const proxy = await startTestProxy({ interceptHosts: [] });
    const agent = new http.Agent({ keepAlive: true });
    const origin = `http://localhost:${(keeping.address() as AddressInfo).port}`;
    for (const path of ['/1', '/2', '/3']) {
      const sent = http.get({ host: '127.0.0.1', port: proxy.port, path: origin + path, agent });
      const [answer]: http.IncomingMessage[] = await once(sent, 'response');
      expect(answer?.statusCode).toBe(200);
      expect(await answer?.setEncoding('utf8').toArray()).toEqual([`data: ${path}\n\n`]);
    }
    agent.destroy();
    keeping.closeAllConnections();
    keeping.close();
    await proxy.close();
  });

  it('to an intercepted host is tapped as upstream gets it, without our credentials', async () => {
    const credentials = { username: 'token', password: 's3cret' };
    const proxy = await startTestProxy({ credentials });
    const [client, arrived] = await pair(proxy);
    const shown = Buffer.from('token:s3cret').toString('base64');
    void client.send(`GET http://localhost:${port}/ HTTP/1.1\r\nProxy-Authorization: Basic ${shown}\r\n\r\n`);
    const upstream = await arrived;
    void upstream.send('HTTP/1.1 204 No Content\r\n\r\n');
    upstream.fin();
    await client.ended;
    client.fin();
    const [observer] = await proxy.closedObservers(1);
    expect(observer?.connection).toMatchObject({ carriage: 'absolute-form', port, alpn: null });
    expect(observer?.client.toString()).toBe('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(observer?.forwardedTotal).toBe(observer?.client.length);
    await proxy.close();
  });
});
