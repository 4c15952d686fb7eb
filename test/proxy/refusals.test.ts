import type { TLSSocket } from 'node:tls';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { createRefusals } from '../../src/proxy/refusals.js';
import { openTunnel, Peer, secure } from '../support/raw-tls.js';
import { type TestProxy, world } from './support/harness.js';
import { proxyWith, talk, upstreamWith } from './support/intercept-harness.js';

/** Makes a hello that looks like another TLS library's. */
const OTHER_KIND = { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256' };

/** Connects through the proxy, and trusts only the world's authority, not ours. */
async function refuse(proxy: TestProxy, port: number, options: { ciphers?: string } = {}): Promise<void> {
  const tunnel = await openTunnel(proxy.port, `localhost:${port}`);
  await expect(secure(tunnel, { ca: world.certificatePem, ...options })).rejects.toThrow();
}

/** A connection with bytes in both directions: the client has accepted our certificate. */
async function accept(proxy: TestProxy, port: number): Promise<void> {
  const { peer } = await talk(proxy, port);
  await peer.send('hello');
  await vi.waitFor(() => expect(proxy.observers.at(-1)?.client.toString()).toBe('hello'), { timeout: 10_000 });
  peer.tcp.destroy();
}

const count = (proxy: TestProxy, kind: string) => proxy.failures().filter((failure) => failure.kind === kind).length;
const refused = (proxy: TestProxy, times: number) => proxy.fact(() => count(proxy, 'client_untrusting') === times);

describe('a client that keeps refusing our certificate', () => {
  it('a client that keeps refusing our certificate is not read from the fourth connection on, works, and is reported once', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    for (let turn = 1; turn <= 3; turn += 1) {
      await refuse(proxy, upstream.port);
      await refused(proxy, turn);
    }
    const observers = proxy.observers.length;
    for (let turn = 0; turn < 2; turn += 1) {
      const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
      const opened = await secure(tunnel, { ca: world.certificatePem });
      const client = new Peer(opened);
      await client.send('hello');
      tunnel.destroy();
    }
    expect(proxy.observers).toHaveLength(observers);
    expect(proxy.failures().filter(({ kind }) => kind === 'client_given_up')).toEqual([
      expect.objectContaining({
        target: `localhost:${upstream.port}`,
        message: expect.stringContaining('nothing of them is traced'),
      }),
    ]);
  });

  it('is noticed by its alerts as well', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    const curl = () =>
      execa('curl', ['-sS', '-x', `http://127.0.0.1:${proxy.port}`, `https://localhost:${upstream.port}/`, '-m', '3'], {
        reject: false,
        env: { NO_PROXY: '', no_proxy: '' },
      });
    for (let turn = 1; turn <= 3; turn += 1) {
      await curl();
      await refused(proxy, turn);
    }
    await curl();
    expect(proxy.facts.at(-1)).toMatchObject({ type: 'tunnelled', port: upstream.port });
  });

  it('counts only refusals in a row: one that has accepted once is never given up', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    for (let turn = 1; turn <= 2; turn += 1) await refuse(proxy, upstream.port);
    await refused(proxy, 2);
    await accept(proxy, upstream.port);
    for (let turn = 3; turn <= 6; turn += 1) await refuse(proxy, upstream.port);
    await refused(proxy, 6);
    expect(count(proxy, 'client_given_up')).toBe(0);
    await accept(proxy, upstream.port);
  });

  it('is given up alone: others that accept are still read, on the same host', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    await accept(proxy, upstream.port);
    for (let turn = 1; turn <= 3; turn += 1) await refuse(proxy, upstream.port, OTHER_KIND);
    await refused(proxy, 3);
    const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
    const { stream } = await secure(tunnel, { ca: world.certificatePem, ...OTHER_KIND });
    stream.destroy();
    const observers = proxy.observers.length;
    await accept(proxy, upstream.port);
    expect(proxy.observers).toHaveLength(observers + 1);
  });

  it('is given up only on the host that it refuses', async () => {
    const [first, second] = [await upstreamWith(), await upstreamWith()];
    const proxy = await proxyWith();
    for (let turn = 1; turn <= 3; turn += 1) await refuse(proxy, first.port);
    await refused(proxy, 3);
    const { tls } = await talk(proxy, second.port);
    expect((tls as TLSSocket).getPeerCertificate().issuer.CN).toContain('claude-trace');
    tls.destroy();
  });
});

describe('before a client has accepted at a host', () => {
  it('all clients count together, since one program can call with two TLS libraries', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith();
    await refuse(proxy, upstream.port);
    await refuse(proxy, upstream.port, OTHER_KIND);
    await refuse(proxy, upstream.port, OTHER_KIND);
    await refused(proxy, 3);
    for (const options of [{}, OTHER_KIND]) {
      const tunnel = await openTunnel(proxy.port, `localhost:${upstream.port}`);
      const { stream } = await secure(tunnel, { ca: world.certificatePem, ...options });
      stream.destroy();
    }
    expect(count(proxy, 'client_given_up')).toBe(1);
  });

  it('one alert is enough where a refusal is expected', () => {
    const refusals = createRefusals(1);
    const caller = { target: 'localhost:443', serverName: null, ciphers: '1301' };
    expect(refusals.refused(caller, false)).toBe(true);
    expect(refusals.hasGivenUp(caller)).toBe(true);
  });

  it('one client that leaves without an alert is not enough, since it may have changed its mind; two are', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith({ maxRefusals: 1 });
    await refuse(proxy, upstream.port);
    await refused(proxy, 1);
    expect(count(proxy, 'client_given_up')).toBe(0);
    await refuse(proxy, upstream.port);
    await refused(proxy, 2);
    const { stream } = await secure(await openTunnel(proxy.port, `localhost:${upstream.port}`), {
      ca: world.certificatePem,
    });
    stream.destroy();
  });
});

describe('a host that other programs call, too', () => {
  /** Another program: it works, or fails at our certificate. */
  const other = async (proxy: TestProxy, port: number) => {
    const tunnel = await openTunnel(proxy.port, `localhost:${port}`);
    const { stream } = await secure(tunnel, { ca: world.certificatePem, ...OTHER_KIND });
    stream.destroy();
  };

  it('passes other kinds of clients unread, without a failure, once a client was read there', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith({ sharedHosts: [`localhost:${upstream.port}`] });
    await accept(proxy, upstream.port);
    const observers = proxy.observers.length;
    await other(proxy, upstream.port);
    expect(proxy.failures()).toEqual([]);
    expect(proxy.observers).toHaveLength(observers);
    await accept(proxy, upstream.port);
    expect(proxy.observers).toHaveLength(observers + 1);
  });

  it('reads kinds that were read at another host', () => {
    const refusals = createRefusals(3);
    const caller = (host: string, ciphers: string) => ({ target: `${host}:443`, serverName: null, ciphers });
    expect(refusals.isStranger(caller('mcp.test', '1301'))).toBe(false);
    refusals.accepted(caller('mcp.test', '1301'));
    expect(refusals.isStranger(caller('mcp.test', '1301'))).toBe(false);
    expect(refusals.isStranger(caller('mcp.test', '1302'))).toBe(true);
    refusals.accepted(caller('api.test', '1302'));
    expect(refusals.isStranger(caller('mcp.test', '1302'))).toBe(false);
  });

  it('is not every intercepted host', async () => {
    const upstream = await upstreamWith();
    const proxy = await proxyWith({});
    await accept(proxy, upstream.port);
    await expect(other(proxy, upstream.port)).rejects.toThrow();
  });
});

it('a client that calls more and more names does not fill the memory, and a forgotten one starts again', () => {
  const refusals = createRefusals(3);
  const caller = (index: number) => ({ target: `${index}.example.test:443`, serverName: null, ciphers: '1301' });
  for (let index = 0; index < 1_001; index += 1) {
    for (let turn = 0; turn < 3; turn += 1) refusals.refused(caller(index), false);
  }
  expect(refusals.hasGivenUp(caller(0))).toBe(false);
  expect(refusals.hasGivenUp(caller(1_000))).toBe(true);
});
