import { mkdtempSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority, signLeaf } from '../../src/proxy/certificates/authority.js';
import { removeFolder } from '../support/remove-folder.js';
import { answerEmpty, post, scriptedUpstream } from './support/raw-http.js';
import { runningGateway } from './support/running-gateway.js';

const HOST = '127.0.0.1';
const authority = createAuthority([HOST]);
const TLS = { cert: 'cert.pem', key: 'key.pem' };

/** A folder with a certificate of the authority. */
function certified() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-tls-'));
  onTestFinished(() => removeFolder(folder));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  /** @param key of another certificate: they do not fit together */
  const renew = (key?: string) => {
    const { certificatePem, privateKeyPem } = signLeaf(authority, HOST, Date.now());
    write('cert.pem', certificatePem);
    write('key.pem', key ?? privateKeyPem);
  };
  write('authority.pem', authority.certificatePem);
  renew();
  return { folder, renew };
}

/** The status of a request on a new connection, and which certificate the gateway showed. */
function ask(url: string, path = '/healthz'): Promise<{ status: number; certificate: string }> {
  return new Promise((resolve, reject) => {
    const options = { ca: authority.certificatePem, agent: false as const };
    const sent = https.get(new URL(path, url), options, (response) => {
      response.resume();
      const certificate = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
      resolve({ status: response.statusCode ?? 0, certificate });
    });
    sent.on('error', reject);
  });
}

describe('TLS', () => {
  it('shows new connections the certificate that a reload has read, and refuses one that cannot be used', async () => {
    const { folder, renew } = certified();
    const upstream = await scriptedUpstream(answerEmpty);
    const config = { tls: TLS, routes: { a: { upstreams: [{ url: upstream.url }] } } };
    const running = await runningGateway(config, {}, {}, folder);
    expect(running.gateway.url).toMatch(/^https:/);
    const first = await ask(running.gateway.url);
    expect([first.status, (await ask(running.gateway.url)).certificate]).toEqual([200, first.certificate]);

    renew();
    await running.reload(config);
    const second = await ask(running.gateway.url);
    expect([second.status, second.certificate === first.certificate]).toEqual([200, false]);

    renew(signLeaf(authority, HOST, Date.now()).privateKeyPem);
    await expect(running.reload({ ...config, routes: { b: config.routes.a } })).rejects.toThrow('tls: ');
    expect(await ask(running.gateway.url)).toEqual(second);
    expect((await ask(running.gateway.url, '/mcp/b')).status).toBe(404);
    expect(running.factsOf('reloaded')).toHaveLength(1);
  });

  it('is spoken with an upstream whose authority is in a file beside the configuration', async () => {
    const { folder } = certified();
    const upstream = await scriptedUpstream(answerEmpty);
    const inner = await runningGateway(
      { tls: TLS, routes: { a: { upstreams: [{ url: upstream.url }] } } },
      {},
      {},
      folder,
    );
    const through = (ca: string) =>
      runningGateway({ routes: { a: { upstreams: [{ url: inner.url('a'), ca }] } } }, {}, {}, folder);
    expect((await post((await through('authority.pem')).url('a'))).status).toBe(200);
    await expect(through('missing.pem')).rejects.toThrow('missing.pem: ENOENT');
  });

  it('refuses clients without a certificate of client_ca, which only a restart can add or remove', async () => {
    const { folder } = certified();
    const upstream = await scriptedUpstream(answerEmpty);
    const routes = { a: { upstreams: [{ url: upstream.url }] } };
    const running = await runningGateway({ tls: { ...TLS, client_ca: 'authority.pem' }, routes }, {}, {}, folder);
    await expect(ask(running.gateway.url)).rejects.toThrow();
    await expect(running.reload({ tls: TLS, routes })).rejects.toThrow('A change of tls.client_ca needs a restart');
  });
});
