import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority, DAY_MS, signLeaf } from '../../src/proxy/authority.js';
import {
  connectRequest,
  openTcp,
  openTunnel,
  Peer,
  type RawTlsServer,
  type RawTlsServerOptions,
  readUntil,
  secure,
  startRawTlsServer,
} from '../support/raw-tls.js';
import { failureOf, ours, startTestProxy, type TestProxy, upstreamContext, world } from './harness.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function proxyWith(options: Parameters<typeof startTestProxy>[0] = {}): Promise<TestProxy> {
  const proxy = await startTestProxy(options);
  cleanups.push(() => proxy.close());
  return proxy;
}

async function upstreamWith(options: RawTlsServerOptions = {}, context = upstreamContext()): Promise<RawTlsServer> {
  const server = await startRawTlsServer(context, options);
  cleanups.push(() => server.close());
  return server;
}

async function talk(proxy: TestProxy, port: number, alpn?: string[]): Promise<{ peer: Peer; tls: TLSSocket }> {
  const tunnel = await openTunnel(proxy.port, `localhost:${port}`);
  const opened = await secure(tunnel, { ca: ours.certificatePem, ...(alpn && { alpn }) });
  return { peer: new Peer(opened), tls: opened.stream as TLSSocket };
}

/** A TLS client whose bytes go through our hands: its first flight, and the way to go on with it. */
async function manualClient(): Promise<{
  hello: Buffer;
  proceed: (proxyPort: number, first: Buffer[]) => Promise<Peer>;
}> {
  const sent: Buffer[] = [];
  let forward = (chunk: Buffer): void => void sent.push(chunk);
  const pipe = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      forward(chunk);
      done();
    },
  });
  const stream = connectTls({ socket: pipe, servername: 'localhost', ca: ours.certificatePem });
  while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return {
    hello: Buffer.concat(sent),
    proceed: async (proxyPort, first) => {
      const tcp = await openTcp(proxyPort);
      for (const part of first) await new Promise((resolve) => tcp.write(part, resolve));
      expect(await readUntil(tcp, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
      forward = (chunk) => void tcp.write(chunk);
      tcp.on('data', (chunk: Buffer) => pipe.push(chunk));
      await once(stream, 'secureConnect');
      return new Peer({ stream, tcp });
    },
  };
}

async function nodeHello(): Promise<Buffer> {
  return (await manualClient()).hello;
}

describe('the protocol that both sides speak is the one upstream chose', () => {
  it.each([
    [['h2', 'http/1.1'], ['h2', 'http/1.1'], 'h2'],
    [['http/1.1'], ['h2', 'http/1.1'], 'http/1.1'],
    [['h2', 'http/1.1'], ['http/1.1'], 'http/1.1'],
    [['h2', 'http/1.1'], undefined, false],
    [undefined, ['h2', 'http/1.1'], false],
  ])('client offers %s, upstream speaks %s: %s', async (offered, spoken, chosen) => {
    const upstream = await upstreamWith(spoken ? { alpn: spoken } : {});
    const proxy = await proxyWith();
    const [{ tls }, server] = await Promise.all([talk(proxy, upstream.port, offered), upstream.accept()]);
    expect(tls.alpnProtocol).toBe(chosen);
    expect((server.stream as TLSSocket).alpnProtocol).toBe(chosen);
    await proxy.fact((fact) => fact.type === 'intercepted');
    expect(proxy.taps[0]?.connection).toMatchObject({ carriage: 'tls', alpn: chosen || null, host: 'localhost' });
    tls.destroy();
  });
});

describe('the ClientHello', () => {
  it('may come in one packet with the CONNECT', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const { hello, proceed } = await manualClient();
    const connect = Buffer.from(connectRequest(`localhost:${upstream.port}`));
    const [peer, server] = await Promise.all([
      proceed(proxy.port, [Buffer.concat([connect, hello])]),
      upstream.accept(),
    ]);
    await peer.send('hi');
    await server.receives(2);
    peer.tcp.destroy();
  });

  it('may dribble, byte by byte, behind a CONNECT that does', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const { hello, proceed } = await manualClient();
    const connect = Buffer.from(connectRequest(`localhost:${upstream.port}`));
    const bytes = [...Buffer.concat([connect, hello])].map((byte) => Buffer.from([byte]));
    const [peer, server] = await Promise.all([proceed(proxy.port, bytes), upstream.accept()]);
    await peer.send('hi');
    await server.receives(2);
    peer.tcp.destroy();
  });

  it('that cannot be read passes unobserved, and is reported', async () => {
    const proxy = await proxyWith();
    const seen: Buffer[] = [];
    const upstream = await upstreamWith({ onSocket: (socket) => socket.on('data', (chunk) => seen.push(chunk)) });
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    tunnel.end(Buffer.from([22, 3, 1, 0, 1, 99]));
    await failureOf(proxy, 'client_tls');
    expect(proxy.taps).toEqual([]);
    tunnel.destroy();
  });
});

describe('plain bytes in a tunnel to an intercepted host', () => {
  it.each(['client', 'server'] as const)('pass before a tap when the %s speaks first', async (first) => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      if (first === 'server') socket.write('220 hello\r\n');
      socket.on('data', () => socket.end('bye'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const address = server.address();
    const proxy = await proxyWith();
    const tcp = await openTunnel(proxy.port, `localhost:${typeof address === 'object' && address ? address.port : 0}`);
    const peer = new Peer({ stream: tcp, tcp });
    if (first === 'server') await peer.receives(11);
    void peer.send('GET / HTTP/1.1\r\n\r\n');
    expect(await peer.ended).toBe('fin');
    peer.fin();
    const [tap] = await proxy.closedTaps(1);
    expect(tap?.connection.carriage).toBe('plain');
    expect(tap?.client.toString()).toBe('GET / HTTP/1.1\r\n\r\n');
    expect(peer.received.toString()).toBe(first === 'server' ? '220 hello\r\nbye' : 'bye');
  });
});

describe('upstream must prove who it is, with TLS 1.2 at least', () => {
  const now = Date.now();
  const strangers = createAuthority(['localhost']);
  const contextOf = (leaf: { certificatePem: string; privateKeyPem: string }, options: SecureContextOptions = {}) =>
    createSecureContext({ cert: leaf.certificatePem, key: leaf.privateKeyPem, ...options });

  it.each([
    ['signed by a stranger', contextOf(signLeaf(strangers, 'localhost')), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['for another host', contextOf(signLeaf(world, 'a.example.test')), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', contextOf(signLeaf(world, 'localhost', now - 60 * DAY_MS)), 'CERT_HAS_EXPIRED'],
  ])('a certificate %s: closed before a byte, with advice', async (_what, context, code) => {
    const upstream = await upstreamWith({}, context);
    const proxy = await proxyWith();
    await expect(talk(proxy, upstream.port)).rejects.toThrow();
    const failure = await failureOf(proxy, 'upstream_untrusted');
    expect(failure).toMatchObject({ code, target: `localhost:${upstream.port}` });
    expect(failure.message).toContain('NODE_EXTRA_CA_CERTS');
    expect(proxy.taps).toEqual([]);
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 does not change that', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    cleanups.push(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
    const upstream = await upstreamWith({}, contextOf(signLeaf(strangers, 'localhost')));
    const proxy = await proxyWith();
    await expect(talk(proxy, upstream.port)).rejects.toThrow();
    await failureOf(proxy, 'upstream_untrusted');
  });

  it('TLS 1.1 is refused', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const upstream = await upstreamWith({}, contextOf(signLeaf(world, 'localhost'), old));
    const proxy = await proxyWith();
    await expect(talk(proxy, upstream.port)).rejects.toThrow();
    await failureOf(proxy, 'upstream_tls');
  });

  it.each(['reset', 'fin'] as const)(
    'a %s in its handshake is the same for the client, no made-up answer',
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

  it('its TLS session is used again', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const reused: boolean[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const [{ peer }, server] = await Promise.all([talk(proxy, upstream.port), upstream.accept()]);
      reused.push((server.stream as TLSSocket).isSessionReused());
      // TLS 1.3 sends its tickets behind the handshake: once a byte came through, they are there.
      void server.send('x');
      await peer.receives(1);
      peer.fin();
      server.fin();
      await peer.closed;
    }
    expect(reused).toEqual([false, true]);
  });
});

describe('a client that does not trust us is named once it is clear', () => {
  it('by its alert', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const { stderr } = await execa(
      'curl',
      ['-sS', '-x', `http://127.0.0.1:${proxy.port}`, `https://localhost:${upstream.port}/`],
      { reject: false, env: { NO_PROXY: '', no_proxy: '' } },
    );
    expect(stderr).toContain('SSL certificate problem');
    const failure = await failureOf(proxy, 'client_untrusting');
    expect(failure.code).toContain('ALERT');
    expect(failure.message).toContain(`localhost:${upstream.port}`);
  });

  it('by leaving without a word, as Node does', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    await expect(secure(tunnel, { ca: world.certificatePem })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    await failureOf(proxy, 'client_untrusting');
  });

  it('a client that speaks only TLS 1.1 is another matter', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    const stream = connectTls({
      socket: tunnel,
      servername: 'localhost',
      ca: ours.certificatePem,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    stream.on('error', () => {});
    await failureOf(proxy, 'client_tls');
  });
});

describe('names', () => {
  it('a look-alike, and a hello for a name that is not intercepted, are tunnelled and keep their own certificate', async () => {
    const upstream = await upstreamWith({}, upstreamContext('a.example.test'));
    const proxy = await proxyWith();
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    const { stream } = await secure(tunnel, { ca: world.certificatePem, servername: 'a.example.test' });
    expect(proxy.facts).toContainEqual(expect.objectContaining({ type: 'tunnelled', host: 'localhost' }));
    stream.destroy();
  });

  it('a passthrough host is tunnelled', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith({
      upstream: { proxy: null, noProxy: '', ca: [world.certificatePem], passthroughHosts: ['localhost'] },
    });
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    const { stream } = await secure(tunnel, { ca: world.certificatePem });
    expect(proxy.taps).toEqual([]);
    stream.destroy();
  });

  it('an IP address without SNI is intercepted, and verified as that address', async () => {
    const upstream = await upstreamWith({}, upstreamContext('127.0.0.1'));
    const proxy = await proxyWith({ interceptHosts: ['127.0.0.1'] });
    const tunnel = await openTunnel(proxy.port, `127.0.0.1:${upstream.port}`);
    const { stream } = await secure(tunnel, { ca: ours.certificatePem, host: '127.0.0.1', servername: '' });
    await proxy.fact((fact) => fact.type === 'intercepted');
    expect(proxy.taps[0]?.connection.host).toBe('127.0.0.1');
    stream.destroy();
  });
});

describe('the tap', () => {
  it('is told totals, ends and who ended first, and nothing after closed', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const [{ peer }, server] = await Promise.all([talk(proxy, upstream.port), upstream.accept()]);
    void peer.send('question');
    await server.receives(8);
    void server.send('answer');
    server.fin();
    await peer.ended;
    peer.fin();
    const [tap] = await proxy.closedTaps(1);
    expect(tap).toMatchObject({
      forwardedTotal: 8,
      deliveredTotal: 6,
      end: { by: 'upstream', how: 'fin', code: null },
    });
    expect(tap?.calls).toEqual(expect.arrayContaining(['clientEnded', 'upstreamEnded']));
    expect(tap?.calls.at(-1)).toBe('closed');
  });

  it.each(['openTap', 'clientBytes', 'upstreamBytes', 'forwarded', 'delivered', 'clientEnded', 'closed'])(
    'that throws in %s is dropped and counted, and the bytes go on',
    async (place) => {
      const upstream = await upstreamWith();
      const explode = (name: string) => () => {
        if (name === place) throw new Error('the tap broke');
      };
      const proxy = await proxyWith({
        openTap: () => {
          explode('openTap')();
          return {
            clientBytes: explode('clientBytes'),
            upstreamBytes: explode('upstreamBytes'),
            forwarded: explode('forwarded'),
            delivered: explode('delivered'),
            clientEnded: explode('clientEnded'),
            upstreamEnded: explode('upstreamEnded'),
            closed: explode('closed'),
          };
        },
      });
      const [{ peer }, server] = await Promise.all([talk(proxy, upstream.port), upstream.accept()]);
      for (let turn = 1; turn <= 2; turn += 1) {
        void peer.send('ping');
        await server.receives(4 * turn);
        void server.send('pong');
        await peer.receives(4 * turn);
      }
      peer.fin();
      await server.ended;
      server.fin();
      await proxy.fact((fact) => fact.type === 'tap_failed');
      expect(proxy.facts.filter((fact) => fact.type === 'tap_failed')).toEqual([
        { type: 'tap_failed', host: 'localhost', message: 'the tap broke', at: expect.any(Number) },
      ]);
    },
  );
});
