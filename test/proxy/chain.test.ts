import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { UpstreamProxies, UpstreamProxy } from '../../src/proxy/upstream/upstream-proxy.js';
import { connectRequest, openTcp, openTunnel, Peer, readAll, secure, startRawTlsServer } from '../support/raw-tls.js';
import { corporateProxy } from './support/corporate-proxy.js';
import { failureOf, ours, startTestProxy, type TestProxy, upstreamContext, world } from './support/harness.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function chained(proxies: Partial<UpstreamProxies>, noProxy = '', connectTimeoutMs = 5_000): Promise<TestProxy> {
  const upstream = { proxies: { https: null, http: null, ...proxies }, noProxy };
  const started = await startTestProxy({ connectTimeoutMs, upstream: { ...upstream, ca: [world.certificatePem] } });
  cleanups.push(() => started.close());
  return started;
}

const YES = 'HTTP/1.1 200 Connection established\r\n\r\n';
const SHOWN = `Proxy-Authorization: Basic ${Buffer.from('me:corp:secret').toString('base64')}\r\n`;

describe('an inherited corporate proxy', () => {
  it.each(['http', 'https'] as const)('a company proxy gets a CONNECT with its credentials: %s', async (protocol) => {
    const upstream = await startRawTlsServer(upstreamContext());
    cleanups.push(() => upstream.close());
    const corporate = await corporateProxy(YES, protocol);
    const proxy = await chained({ https: corporate.settings });
    const target = `localhost:${upstream.port}`;
    const tunnel = await openTunnel(proxy.port, target);
    const [opened, server] = await Promise.all([secure(tunnel, { ca: ours.certificatePem }), upstream.accept()]);
    const client = new Peer(opened);
    void client.send('hello');
    await server.receives(5);
    void server.send('world');
    await client.receives(5);
    expect(corporate.heads).toEqual([`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${SHOWN}\r\n`]);
    tunnel.destroy();
  });

  it('a company proxy gets plain requests in absolute form, with its credentials and without ours', async () => {
    const corporate = await corporateProxy('HTTP/1.1 204 No Content\r\n\r\n');
    const proxy = await chained({ http: corporate.settings });
    const client = await openTcp(proxy.port);
    client.write('GET http://a.example.test/x HTTP/1.1\r\nProxy-Authorization: Basic b3Vycw==\r\n\r\n');
    expect(await readAll(client)).toBe('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
    expect(corporate.heads).toEqual([`GET http://a.example.test/x HTTP/1.1\r\nConnection: close\r\n${SHOWN}\r\n`]);
    client.destroy();
  });

  it('a company proxy for https gets plain traffic only inside a tunnel', async () => {
    const server = createServer((socket) => void socket.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const target = `localhost:${(server.address() as AddressInfo).port}`;
    const corporate = await corporateProxy(YES);
    const proxy = await chained({ https: corporate.settings });

    const direct = await openTcp(proxy.port);
    direct.write(`GET http://${target}/ HTTP/1.1\r\n\r\n`);
    expect(await readAll(direct)).toBe('hello');
    expect(corporate.heads).toEqual([]);

    expect(await readAll(await openTunnel(proxy.port, target))).toBe('hello');
    expect(corporate.heads).toEqual([expect.stringContaining(`CONNECT ${target} `)]);
  });

  it('a company proxy for plain http gets no tunnel', async () => {
    const upstream = await startRawTlsServer(upstreamContext());
    cleanups.push(() => upstream.close());
    const corporate = await corporateProxy(YES);
    const proxy = await chained({ http: corporate.settings });
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    await secure(tunnel, { ca: ours.certificatePem });
    expect(corporate.heads).toEqual([]);
    tunnel.destroy();
  });

  it('a company proxy is bypassed where NO_PROXY says so', async () => {
    const upstream = await startRawTlsServer(upstreamContext());
    cleanups.push(() => upstream.close());
    const corporate = await corporateProxy(YES);
    const proxy = await chained({ https: corporate.settings }, 'example.test, localhost');
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    await secure(tunnel, { ca: ours.certificatePem });
    expect(corporate.heads).toEqual([]);
    tunnel.destroy();
  });

  it.each([
    ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', /answered 407\. Put its credentials into HTTPS_PROXY/],
    ['HTTP/1.1 403 Forbidden\r\n\r\n', /answered 403/],
    ['no HTTP at all\r\n\r\n', /not HTTP/],
    ['', /closed the connection/],
  ])('a company proxy that answers %j: 502 with the answer', async (answer, message) => {
    const corporate = await corporateProxy(answer);
    const proxy = await chained({ https: corporate.settings });
    await expect(openTunnel(proxy.port, 'localhost:443')).rejects.toThrow('HTTP/1.1 502 ');
    const failure = await failureOf(proxy, 'upstream_proxy');
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('secret');
  });

  it('a company proxy that is down: 502 with its name', async () => {
    const corporate = await corporateProxy(YES);
    corporate.close();
    const proxy = await chained({ https: corporate.settings });
    await expect(openTunnel(proxy.port, 'localhost:443')).rejects.toThrow('HTTP/1.1 502 ');
    expect((await failureOf(proxy, 'refused')).message).toContain(
      `The proxy localhost:${corporate.settings.port} refused`,
    );
  });

  it('a company proxy that never answers: 504', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const settings: UpstreamProxy = { protocol: 'http', host: '127.0.0.1', port, credentials: null };
    const proxy = await chained({ https: settings }, '', 50);
    await expect(openTunnel(proxy.port, 'localhost:443')).rejects.toThrow('HTTP/1.1 504 ');
    await failureOf(proxy, 'timeout');
  });

  it('a company proxy that is claude-trace itself is refused: 508', async () => {
    const settings: UpstreamProxy = { protocol: 'http', host: 'localhost', port: 0, credentials: null };
    const proxy = await chained({ https: settings });
    settings.port = proxy.port;
    const client = await openTcp(proxy.port);
    client.write(connectRequest('example.test:443'));
    expect(await readAll(client)).toMatch(/^HTTP\/1\.1 508 /);
    client.destroy();
  });
});
