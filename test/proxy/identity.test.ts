import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectTo, IDENTITY_CASES, playCase } from '../support/identity-cases.js';
import { openTcp, openTunnel, type RawTlsServer, secure, startRawTlsServer } from '../support/raw-tls.js';
import { ours, startTestProxy, type TestProxy, upstreamContext, world } from './support/harness.js';

let server: RawTlsServer;
let proxy: TestProxy;

beforeAll(async () => {
  server = await startRawTlsServer(upstreamContext(), { alpn: ['http/1.1'] });
  proxy = await startTestProxy();
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const direct: ConnectTo = async (port) => secure(await openTcp(port), { ca: world.certificatePem, alpn: ['http/1.1'] });
const throughProxy: ConnectTo = async (port) =>
  secure(await openTunnel(proxy.port, `localhost:${port}`), { ca: ours.certificatePem, alpn: ['http/1.1'] });

describe('through the proxy, with an observer, both ends see what they see without it', () => {
  it.each(IDENTITY_CASES)('$name', async (each) => {
    const expected = await playCase(each, server, direct);
    const seen = proxy.observers.length;
    expect(await playCase(each, server, throughProxy)).toEqual(expected);

    const observer = (await proxy.closedObservers(seen + 1))[seen];
    expect(observer?.client.toString('latin1')).toBe(expected.server.received);
    expect(observer?.upstream.toString('latin1')).toBe(expected.client.received);
    expect(observer?.calls.at(-1)).toBe('closed');
  });

  it('covers at least the 26 cases of the requirement', () => {
    expect(IDENTITY_CASES.length).toBeGreaterThanOrEqual(26);
  });
});
