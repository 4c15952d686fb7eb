import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY_CASES, playCase } from '../support/identity-cases.js';
import { openTcp, openTunnel, Peer, type RawTlsServer, secure, startRawTlsServer } from '../support/raw-tls.js';
import { startTestProxy, type TestProxy, upstreamContext, world } from './support/harness.js';

let server: RawTlsServer;
let proxy: TestProxy;
beforeAll(async () => {
  server = await startRawTlsServer(upstreamContext());
  proxy = await startTestProxy({ interceptHosts: ['*.localhost', 'ocalhost'] });
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

describe('a host that is not intercepted passes unread', () => {
  it('the client sees the server’s own certificate, and there is no observer', async () => {
    const tunnel = await openTunnel(proxy.port, `localhost:${server.port}`);
    const [opened, peer] = await Promise.all([secure(tunnel, { ca: world.certificatePem }), server.accept()]);
    void peer.send('hello');
    await new Peer(opened).receives(5);
    expect(proxy.observers).toEqual([]);
    expect(proxy.facts).toEqual([expect.objectContaining({ type: 'tunnelled', host: 'localhost', port: server.port })]);
    tunnel.destroy();
  });

  it.each(IDENTITY_CASES)('$name', async (each) => {
    const ca = world.certificatePem;
    const expected = await playCase(each, server, async (port) => secure(await openTcp(port), { ca }));
    const through = await playCase(each, server, async (port) =>
      secure(await openTunnel(proxy.port, `localhost:${port}`), { ca }),
    );
    expect(through).toEqual(expected);
  });

  it('every host does without an authority: the fail-open mode', async () => {
    const blind = await startTestProxy({ authority: null, interceptHosts: ['localhost'] });
    const tunnel = await openTunnel(blind.port, `localhost:${server.port}`);
    const secured = secure(tunnel, { ca: world.certificatePem });
    await expect(secured).resolves.toBeDefined();
    (await secured).stream.destroy();
    await blind.close();
  });
});
