import { once } from 'node:events';
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
  it('reaches the server in origin form with its body, and the answer comes back byte for byte', async () => {
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
    expect(client.received.toString('latin1')).toBe('HTTP/1.1 200 fine\r\nX: \xff\r\n\r\nto the end');
    expect(proxy.observers).toEqual([]);
    client.fin();
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
