import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createCredentials } from '../../../src/proxy/client/credentials.js';
import { openTcp, openTunnel, Peer, secure } from '../../support/raw-tls.js';
import { ours, type TestProxy, world } from '../support/harness.js';
import { cleanups, proxyWith, upstreamWith } from '../support/intercept-harness.js';

const credentials = createCredentials();

/** A proxy that chains to another one for both kinds of requests. */
function inside(outer: TestProxy, host = '127.0.0.1'): Promise<TestProxy> {
  const proxy = { protocol: 'http', host, port: outer.port, credentials } as const;
  return proxyWith({ upstream: { proxies: { https: proxy, http: proxy }, noProxy: '', ca: [world.certificatePem] } });
}

it.each(['127.0.0.1', 'localhost'])(
  'a proxy inside another one at %s reads, and the outer one does not',
  async (host) => {
    const upstream = await upstreamWith();
    const outer = await proxyWith({ credentials });
    const inner = await inside(outer, host);
    const tunnel = await openTunnel(inner.port, `localhost:${upstream.port}`);
    const client = new Peer(await secure(tunnel, { ca: ours.certificatePem }));
    const server = await upstream.accept();
    await client.send('hello');
    await server.receives(5);
    expect(inner.observers).toHaveLength(1);
    expect(outer.observers).toEqual([]);
    expect(outer.facts).toEqual([
      expect.objectContaining({ type: 'nested', host: 'localhost', port: upstream.port }),
      expect.objectContaining({ type: 'tunnelled' }),
    ]);
    tunnel.destroy();
  },
);

it('the same holds for plain requests, and the server does not see the mark', async () => {
  const heads: string[][] = [];
  const server = createServer((request, response) => {
    heads.push(request.rawHeaders);
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const outer = await proxyWith({ credentials });
  const inner = await inside(outer);
  const tcp = await openTcp(inner.port);
  const client = new Peer({ stream: tcp, tcp });
  const { port } = server.address() as AddressInfo;
  void client.send(`GET http://localhost:${port}/ HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  await client.ended;
  client.fin();
  expect(client.received.toString()).toContain('ok');
  expect([inner.observers.length, outer.observers.length]).toEqual([1, 0]);
  expect(heads).toEqual([['Host', `localhost:${port}`, 'Connection', 'close']]);
});

it('an inner one that reads nothing leaves it to the outer one', async () => {
  const upstream = await upstreamWith();
  const outer = await proxyWith({ credentials });
  const proxy = { protocol: 'http', host: '127.0.0.1', port: outer.port, credentials } as const;
  const inner = await proxyWith({
    authority: null,
    upstream: { proxies: { https: proxy, http: proxy }, noProxy: '', ca: [] },
  });
  const tunnel = await openTunnel(inner.port, `localhost:${upstream.port}`);
  await secure(tunnel, { ca: ours.certificatePem });
  const fact = await outer.fact(({ type }) => type === 'intercepted');
  expect(fact).toMatchObject({ port: upstream.port });
  tunnel.destroy();
});
