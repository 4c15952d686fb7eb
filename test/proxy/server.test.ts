import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CannotListenError } from '../../src/base/listen-on.js';
import { connectRequest, openTcp, openTunnel, Peer, readAll } from '../support/raw-tls.js';
import { failureOf, startTestProxy, type TestProxy } from './support/harness.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function proxyWith(options: Parameters<typeof startTestProxy>[0] = {}): Promise<TestProxy> {
  const proxy = await startTestProxy(options);
  cleanups.push(() => proxy.close());
  return proxy;
}

/** Sends this to the proxy. @returns its whole answer */
async function ask(proxy: TestProxy, request: string): Promise<string> {
  const socket = await openTcp(proxy.port);
  socket.end(Buffer.from(request, 'latin1'));
  return readAll(socket);
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that accepts connections and never sends a byte. */
async function silentTarget(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('credentials', () => {
  const credentials = { username: 'token', password: 's3cret:x' };

  it.each([
    ['none', undefined],
    ['wrong ones', basic('token:wrong')],
    ['another scheme', 'Bearer s3cret'],
    ['garbage', '\x01'],
  ])('with %s: 407, for tunnels and for plain requests', async (_what, authorization) => {
    const proxy = await proxyWith({ credentials });
    const header = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
    for (const request of [
      connectRequest('localhost:1', authorization),
      `GET http://localhost/ HTTP/1.1\r\n${header}\r\n`,
    ]) {
      const answer = await ask(proxy, request);
      expect(answer).toMatch(/^HTTP\/1\.1 407 /);
      expect(answer).toContain('Proxy-Authenticate: Basic');
    }
    await proxy.close();
    expect((await failureOf(proxy, 'unauthenticated')).message).not.toContain('s3cret');
  });

  it('of a program that sends them only when it is asked, as curl and git do: no failure', async () => {
    const port = await silentTarget();
    const proxy = await proxyWith({ credentials });
    const target = `127.0.0.1:${port}`;
    expect(await ask(proxy, connectRequest(target))).toMatch(/^HTTP\/1\.1 407 /);
    (await openTunnel(proxy.port, target, basic('token:s3cret:x'))).destroy();
    await proxy.close();
    expect(proxy.facts.filter(({ type }) => type === 'failed')).toEqual([]);
  });

  it('with the right ones the tunnel opens', async () => {
    const port = await silentTarget();
    const proxy = await proxyWith({ credentials });
    const tunnel = await openTunnel(proxy.port, `127.0.0.1:${port}`, basic('token:s3cret:x'));
    expect(tunnel.destroyed).toBe(false);
    tunnel.destroy();
  });
});

describe('a malformed request gets 400', () => {
  it.each([
    'CONNECT localhost:0 HTTP/1.1\r\n\r\n',
    'CONNECT localhost HTTP/1.1\r\n\r\n',
    'hello\r\n\r\n',
    '\x16\x03\x01',
    'GET / HT',
  ])('%j', async (request) => {
    const proxy = await proxyWith();
    expect(await ask(proxy, request)).toMatch(/^HTTP\/1\.1 400 /);
    await failureOf(proxy, 'bad_request');
  });

  it('a browser that visits the port gets an explanation', async () => {
    const proxy = await proxyWith();
    expect(await ask(proxy, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).toContain(
      'This is a proxy, not a web server.',
    );
  });

  it('a head without end is refused at the size limit', async () => {
    const proxy = await proxyWith();
    expect(await ask(proxy, `CONNECT a:1 HTTP/1.1\r\nA: ${'a'.repeat(300_000)}`)).toContain('larger than');
  });

  it('a slow head is refused at the time limit', async () => {
    const proxy = await proxyWith({ headTimeoutMs: 50 });
    const slow = await openTcp(proxy.port);
    slow.write('CONNECT loc');
    expect(await readAll(slow)).toContain('did not arrive in time');
    slow.destroy();
  });

  it('a connection without a byte is not a failure', async () => {
    const proxy = await proxyWith();
    expect(await ask(proxy, '')).toBe('');
    expect(proxy.failures()).toEqual([]);
  });

  it('random bytes and cut requests are answered or closed, and the proxy goes on', async () => {
    const proxy = await proxyWith();
    const torn = fc.constantFrom(
      'CONNECT localhost:1 HTTP/1.1',
      'CONNECT',
      'GET http://[',
      '\r\n',
      '\r\n\r\n',
      '\n\n',
      ':',
      '\0',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(torn, fc.string()), { maxLength: 8 }), async (parts) => {
        expect(await ask(proxy, parts.join(''))).toMatch(/^(HTTP\/1\.1 (400|502) |$)/);
      }),
      { numRuns: 150 },
    );
    expect(proxy.failures().filter(({ kind }) => kind === 'internal')).toEqual([]);
  });
});

describe('a target that cannot be reached', () => {
  it('refuses: 502', async () => {
    const proxy = await proxyWith();
    const port = await unusedPort();
    expect(await ask(proxy, connectRequest(`localhost:${port}`))).toMatch(/^HTTP\/1\.1 502 /);
    expect(await failureOf(proxy, 'refused')).toMatchObject({ target: `localhost:${port}`, code: 'ECONNREFUSED' });
  });

  it('a host without an address (a label this long never has one): 502', async () => {
    const proxy = await proxyWith();
    expect(await ask(proxy, connectRequest(`${'a'.repeat(64)}.test:443`))).toMatch(/^HTTP\/1\.1 502 /);
    await failureOf(proxy, 'dns');
  });

  it('is the proxy itself: 508, by any name, also for plain requests', async () => {
    const proxy = await proxyWith();
    for (const host of ['127.0.0.1', 'localhost', '0.0.0.0']) {
      expect(await ask(proxy, connectRequest(`${host}:${proxy.port}`))).toMatch(/^HTTP\/1\.1 508 /);
      expect(await ask(proxy, `GET http://${host}:${proxy.port}/ HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 508 /);
    }
    await failureOf(proxy, 'loop');
  });
});

describe('the listener', () => {
  it('reports that its port is in use', async () => {
    const proxy = await proxyWith();
    await expect(startTestProxy({ port: proxy.port })).rejects.toThrow(CannotListenError);
  });

  it('close ends open connections and stops accepting; abort resets them', async () => {
    const port = await silentTarget();
    for (const [stop, end] of [
      [(proxy: TestProxy) => proxy.close(), 'fin'],
      [(proxy: TestProxy) => proxy.abort(), 'reset'],
    ] as const) {
      const proxy = await startTestProxy();
      const tcp = await openTunnel(proxy.port, `127.0.0.1:${port}`);
      const peer = new Peer({ stream: tcp, tcp });
      await stop(proxy);
      expect(await peer.ended).toBe(end);
      tcp.destroy();
      await expect(openTcp(proxy.port)).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('ignores a CA certificate that cannot be read, and reports it', async () => {
    const proxy = await proxyWith({
      upstream: {
        proxies: { https: null, http: null },
        noProxy: '',
        ca: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
      },
    });
    await expect.poll(() => proxy.failures()[0]?.message).toContain('cannot be read');
  });
});
