import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createAuthority, DAY_MS, signLeaf } from '../../../src/proxy/certificates/authority.js';
import { openTunnel, Peer, secure } from '../../support/raw-tls.js';
import { failureOf, world } from '../support/harness.js';

import { cleanups, nodeHello, proxyWith, talk, upstreamWith } from '../support/intercept-harness.js';

describe('upstream must have a valid certificate, and TLS 1.2 or later', () => {
  const now = Date.now();
  const strangers = createAuthority(['localhost']);
  const contextOf = (leaf: { certificatePem: string; privateKeyPem: string }, options: SecureContextOptions = {}) =>
    createSecureContext({ cert: leaf.certificatePem, key: leaf.privateKeyPem, ...options });

  it.each([
    ['signed by a stranger', contextOf(signLeaf(strangers, 'localhost')), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['for another host', contextOf(signLeaf(world, 'a.example.test')), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', contextOf(signLeaf(world, 'localhost', now - 60 * DAY_MS)), 'CERT_HAS_EXPIRED'],
  ])(
    'an upstream certificate %s: the connection is not read, a client that does not trust it refuses it, and there is advice',
    async (_what, context, code) => {
      const upstream = await upstreamWith({}, context);
      const proxy = await proxyWith();
      await expect(talk(proxy, upstream.port)).rejects.toThrow();
      const failure = await failureOf(proxy, 'upstream_untrusted');
      expect(failure).toMatchObject({ code, target: `localhost:${upstream.port}` });
      expect(failure.message).toContain('NODE_EXTRA_CA_CERTS');
      expect(proxy.observers).toEqual([]);
    },
  );

  it('a server that we cannot verify passes unread, and is reported once: the client verifies it itself', async () => {
    const upstream = await upstreamWith({}, contextOf(signLeaf(strangers, 'localhost')));
    const other = await upstreamWith();
    const proxy = await proxyWith();
    await expect(talk(proxy, upstream.port)).rejects.toThrow();
    expect((await failureOf(proxy, 'upstream_untrusted')).message).toContain('forwarded without being read');

    const tunnel = await openTunnel(proxy.port, `LOCALHOST:${upstream.port}`);
    const [opened, server] = await Promise.all([secure(tunnel, { ca: strangers.certificatePem }), upstream.accept()]);
    void server.send('hello');
    await new Peer(opened).receives(5);
    expect(proxy.facts).toContainEqual(expect.objectContaining({ type: 'tunnelled', port: upstream.port }));
    expect(proxy.observers).toEqual([]);
    expect(proxy.failures()).toHaveLength(1);
    tunnel.destroy();

    const { peer } = await talk(proxy, other.port);
    await proxy.fact((fact) => fact.type === 'intercepted' && fact.port === other.port);
    peer.tcp.destroy();
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 does not change that', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    cleanups.push(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
    const upstream = await upstreamWith({}, contextOf(signLeaf(strangers, 'localhost')));
    const proxy = await proxyWith();
    await talk(proxy, upstream.port);
    await failureOf(proxy, 'upstream_untrusted');
    expect(proxy.observers).toEqual([]);
  });

  it('is verified again at the next connection, which is read when the certificate is good', async () => {
    const bad = await upstreamWith({}, contextOf(signLeaf(strangers, 'localhost')));
    const proxy = await proxyWith();
    const { stream } = await secure(await openTunnel(proxy.port, `localhost:${bad.port}`), {
      ca: strangers.certificatePem,
    });
    await failureOf(proxy, 'upstream_untrusted');
    stream.destroy();
    await bad.close();

    const good = await upstreamWith({ port: bad.port });
    const { peer } = await talk(proxy, good.port);
    const fact = await proxy.fact(({ type }) => type === 'intercepted');
    expect(fact).toMatchObject({ port: good.port });
    peer.tcp.destroy();
  });

  it('one name that does not verify does not affect the server’s other names', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith({ interceptHosts: ['localhost', '*.example.test'] });
    const options = { ca: world.certificatePem, servername: 'a.example.test' };
    await expect(secure(await openTunnel(proxy.port, `localhost:${upstream.port}`), options)).rejects.toThrow();
    await failureOf(proxy, 'upstream_untrusted');
    const { peer } = await talk(proxy, upstream.port);
    await proxy.fact((fact) => fact.type === 'intercepted');
    peer.tcp.destroy();
  });

  it('by the system’s own store as well, which is read once, when it is needed', async () => {
    let reads = 0;
    const readSystemCa = () => {
      reads += 1;
      return [strangers.certificatePem];
    };
    const upstream = await upstreamWith({}, contextOf(signLeaf(strangers, 'localhost')));
    const known = await upstreamWith();
    const proxy = await proxyWith({
      upstream: { proxies: { https: null, http: null }, noProxy: '', ca: [world.certificatePem], readSystemCa },
    });
    await talk(proxy, known.port);
    expect(reads).toBe(0);
    await Promise.all([talk(proxy, upstream.port), talk(proxy, upstream.port), talk(proxy, known.port)]);
    expect(reads).toBe(1);
    expect(proxy.failures()).toEqual([]);
    expect(proxy.facts.filter((fact) => fact.type === 'intercepted')).toHaveLength(4);
  });

  it('TLS 1.1 is refused', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const upstream = await upstreamWith({}, contextOf(signLeaf(world, 'localhost'), old));
    const proxy = await proxyWith();
    await expect(talk(proxy, upstream.port)).rejects.toThrow();
    await failureOf(proxy, 'upstream_tls');
  });

  it.each(['reset', 'fin'] as const)(
    'a %s in the handshake of upstream is the same for the client, without a made-up answer',
    async (how) => {
      const server = createServer((socket) => {
        socket.once('data', () => (how === 'reset' ? socket.resetAndDestroy() : socket.end()));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      cleanups.push(() => server.close());
      const proxy = await proxyWith();
      const tcp = await openTunnel(proxy.port, `localhost:${(server.address() as AddressInfo).port}`);
      const client = new Peer({ stream: tcp, tcp });
      void client.send(await nodeHello());
      expect(await client.ended).toBe(how);
      expect(client.received.length).toBe(0);
      client.fin();
      expect(await failureOf(proxy, 'upstream_tls')).toMatchObject({ code: how === 'reset' ? 'ECONNRESET' : null });
    },
  );

  it('a server that never answers the hello is closed on both sides', async () => {
    const { port, reached } = await silentServer();
    // The dial has the same limit, which must be long enough for a busy machine.
    const proxy = await proxyWith({ connectTimeoutMs: 2000 });
    const tcp = await openTunnel(proxy.port, `localhost:${port}`);
    const client = new Peer({ stream: tcp, tcp });
    void client.send(await nodeHello());
    const server = await reached;
    await Promise.all([server.ended, client.ended]);
    expect(await failureOf(proxy, 'timeout')).toMatchObject({ target: `localhost:${port}` });
    expect(client.received.length).toBe(0);
    client.fin();
    server.fin();
  });

  it.each(['reset', 'fin'] as const)(
    'a %s of the client in the meantime ends it at once, without a report',
    async (how) => {
      const { port, reached } = await silentServer();
      const proxy = await proxyWith();
      const tcp = await openTunnel(proxy.port, `localhost:${port}`);
      const client = new Peer({ stream: tcp, tcp });
      await client.send(await nodeHello());
      const server = await reached;
      client[how]();
      await Promise.all([server.ended, client.closed]);
      expect(proxy.failures()).toEqual([]);
      server.fin();
    },
  );

  it('its TLS session is resumed', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const reused: boolean[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const [{ peer }, server] = await Promise.all([talk(proxy, upstream.port), upstream.accept()]);
      reused.push((server.stream as TLSSocket).isSessionReused());
      // TLS 1.3 sends its tickets after the handshake, before the first byte.
      void server.send('x');
      await peer.receives(1);
      peer.fin();
      server.fin();
      await peer.closed;
    }
    expect(reused).toEqual([false, true]);
  });
});

/** Accepts one connection, reads its hello, and does not answer. */
async function silentServer(): Promise<{ port: number; reached: Promise<Peer> }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  const reached = once(server, 'connection').then(async ([tcp]) => {
    const peer = new Peer({ stream: tcp, tcp });
    cleanups.push(() => tcp.destroy());
    await peer.receives(1);
    return peer;
  });
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, reached };
}
