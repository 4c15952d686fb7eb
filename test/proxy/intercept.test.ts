import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { connectRequest, openTunnel, Peer, secure } from '../support/raw-tls.js';
import { failureOf, ours, upstreamContext, world } from './support/harness.js';

import { cleanups, manualClient, proxyWith, talk, upstreamWith } from './support/intercept-harness.js';

describe('both sides speak the protocol that upstream chose', () => {
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
    expect(proxy.observers[0]?.connection).toMatchObject({ carriage: 'tls', alpn: chosen || null, host: 'localhost' });
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

  it('may come byte by byte, after a CONNECT that does', async () => {
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

  it('that cannot be read passes unread, and is reported', async () => {
    const proxy = await proxyWith();
    const seen: Buffer[] = [];
    const upstream = await upstreamWith({ onSocket: (socket) => socket.on('data', (chunk) => seen.push(chunk)) });
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    tunnel.end(Buffer.from([22, 3, 1, 0, 1, 99]));
    await failureOf(proxy, 'client_tls');
    expect(proxy.observers).toEqual([]);
    tunnel.destroy();
  });
});

describe('plain bytes in a tunnel to an intercepted host', () => {
  it.each(['client', 'server'] as const)('pass beside an observer when the %s sends first', async (first) => {
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
    const [observer] = await proxy.closedObservers(1);
    expect(observer?.connection.carriage).toBe('plain');
    expect(observer?.client.toString()).toBe('GET / HTTP/1.1\r\n\r\n');
    expect(peer.received.toString()).toBe(first === 'server' ? '220 hello\r\nbye' : 'bye');
  });
});

describe('a client that does not trust us is reported', () => {
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

  it('by leaving without an alert, as Node does', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    await expect(secure(tunnel, { ca: world.certificatePem })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    await failureOf(proxy, 'client_untrusting');
  });

  it('a client that speaks only TLS 1.1 is a different failure', async () => {
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
    expect(await failureOf(proxy, 'client_tls')).toMatchObject({ kind: 'client_tls' });
  });
});

describe('names', () => {
  it('a similar name, and a hello for a name that is not intercepted, are tunnelled with their own certificate', async () => {
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
      upstream: {
        proxies: { https: null, http: null },
        noProxy: '',
        ca: [world.certificatePem],
        passthroughHosts: ['localhost'],
      },
    });
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    const { stream } = await secure(tunnel, { ca: world.certificatePem });
    expect(proxy.observers).toEqual([]);
    stream.destroy();
  });

  it('an IP address without SNI is intercepted, and verified as that address', async () => {
    const upstream = await upstreamWith({}, upstreamContext('127.0.0.1'));
    const proxy = await proxyWith({ interceptHosts: ['127.0.0.1'] });
    const tunnel = await openTunnel(proxy.port, `127.0.0.1:${upstream.port}`);
    const { stream } = await secure(tunnel, { ca: ours.certificatePem, host: '127.0.0.1', servername: '' });
    await proxy.fact((fact) => fact.type === 'intercepted');
    expect(proxy.observers[0]?.connection.host).toBe('127.0.0.1');
    stream.destroy();
  });
});

describe('the observer', () => {
  it('gets totals, ends and the side that ended first, and nothing after closed', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const [{ peer }, server] = await Promise.all([talk(proxy, upstream.port), upstream.accept()]);
    void peer.send('question');
    await server.receives(8);
    void server.send('answer');
    server.fin();
    await peer.ended;
    peer.fin();
    const [observer] = await proxy.closedObservers(1);
    expect(observer).toMatchObject({
      forwardedTotal: 8,
      deliveredTotal: 6,
      end: { by: 'upstream', how: 'fin', code: null },
    });
    expect(observer?.calls).toEqual(expect.arrayContaining(['clientEnded', 'upstreamEnded']));
    expect(observer?.calls.at(-1)).toBe('closed');
  });

  it.each(['close', 'abort'] as const)('that is called later has all bytes after %s', async (stop) => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith({ observeAfterMs: 60_000 });
    const [{ peer }, server] = await Promise.all([talk(proxy, upstream.port), upstream.accept()]);
    void peer.send('question');
    await server.receives(8);
    const [observer] = proxy.observers;
    expect(observer?.client.toString()).toBe('');
    await proxy[stop]();
    expect(observer?.client.toString()).toBe('question');
    if (stop === 'close') expect(observer?.calls.at(-1)).toBe('closed');
  });

  it.each(['openObserver', 'clientBytes', 'upstreamBytes', 'forwarded', 'delivered', 'clientEnded', 'closed'])(
    'an observer that throws in %s is dropped and reported, and the bytes go on',
    async (place) => {
      const upstream = await upstreamWith();
      const explode = (name: string) => () => {
        if (name === place) throw new Error('the observer broke');
      };
      const proxy = await proxyWith({
        openObserver: () => {
          explode('openObserver')();
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
      await proxy.fact((fact) => fact.type === 'observer_failed');
      expect(proxy.facts.filter((fact) => fact.type === 'observer_failed')).toEqual([
        { type: 'observer_failed', host: 'localhost', message: 'the observer broke', at: expect.any(Number) },
      ]);
    },
  );
});
