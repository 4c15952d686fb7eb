import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority, DAY_MS, signLeaf } from '../../src/proxy/certificates/authority.js';
import { KEY_USAGE, keyUsage, publicKeyInfo, signCertificate } from '../../src/proxy/certificates/x509.js';
import { listenOnLoopback } from '../support/loopback.js';
import { removeFolder } from '../support/remove-folder.js';
import { answerEmpty, PING, post, scriptedUpstream } from './support/raw-http.js';
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
  return { folder, renew, write };
}

/** A certificate that is its own authority: leaves of ours are for servers only. */
function clientCertificate(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const template = {
    subject: name,
    issuer: name,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    publicKey: publicKeyInfo(publicKey),
    extensions: [keyUsage(KEY_USAGE.digitalSignature)],
  };
  const cert = signCertificate(template, privateKey);
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** The status of a request on a new connection, and which certificate the gateway showed. */
function ask(url: string, path = '/healthz', own: object = {}): Promise<{ status: number; certificate: string }> {
  return new Promise((resolve, reject) => {
    const options = { ca: authority.certificatePem, agent: false as const, ...own };
    const sent = https.get(new URL(path, url), options, (response) => {
      response.resume();
      const certificate = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
      resolve({ status: response.statusCode ?? 0, certificate });
    });
    sent.on('error', reject);
  });
}

describe('TLS', () => {
  it('a reload gives new connections the new certificate, and refuses one that cannot be used', async () => {
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
    await expect(through('missing.pem')).rejects.toThrow('missing.pem does not exist');
  });

  it('is spoken with an upstream by the authorities that a reload has read, also if no setting has changed', async () => {
    const { folder, write } = certified();
    const upstream = await scriptedUpstream(answerEmpty);
    const routes = { a: { upstreams: [{ url: upstream.url }] } };
    const inner = await runningGateway({ tls: TLS, routes }, {}, {}, folder);
    const config = { routes: { a: { upstreams: [{ url: inner.url('a'), ca: 'ca.pem' }] } } };
    write('ca.pem', createAuthority([HOST]).certificatePem);
    const running = await runningGateway(config, {}, {}, folder);
    const status = async () => (await post(running.url('a'))).status;
    expect(await status()).toBe(502);
    write('ca.pem', authority.certificatePem);
    await running.reload(config);
    expect(await status()).toBe(200);
    await running.reload(config);
    expect(running.factsOf('reloaded')).toMatchObject([
      { changed: ['routes.a'], replaced: ['a'] },
      { changed: [], replaced: [] },
    ]);
    write('ca.pem', 'half of a certi');
    await expect(running.reload(config)).rejects.toThrow('ca.pem has no certificate in PEM');
    expect(await status()).toBe(200);
  });

  it('is spoken with an issuer by the authorities that a reload has read', async () => {
    const { folder, write } = certified();
    const upstream = await scriptedUpstream(answerEmpty);
    const { certificatePem: cert, privateKeyPem: key } = signLeaf(authority, HOST, Date.now());
    const answer = JSON.stringify({ active: true, sub: 'ada', aud: 'docs' });
    const issuer = https.createServer({ cert, key }, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    });
    const { url, close } = await listenOnLoopback(issuer);
    onTestFinished(close);
    const endpoint = url.replace('http:', 'https:');
    const introspection = { endpoint, client_id: 'gateway', client_secret: 'x' };
    const provider = { issuer: endpoint, audience: 'docs', ca: 'ca.pem', introspection };
    const config = { auth: { providers: { main: provider } }, routes: { a: { upstreams: [{ url: upstream.url }] } } };
    write('ca.pem', createAuthority([HOST]).certificatePem);
    const running = await runningGateway(config, {}, {}, folder);
    const status = async () => (await post(running.url('a'), PING, { authorization: 'Bearer opaque' })).status;
    expect(await status()).toBe(503);
    write('ca.pem', authority.certificatePem);
    await running.reload(config);
    expect(await status()).toBe(200);
    write('ca.pem', '');
    await expect(running.reload(config)).rejects.toThrow('ca.pem has no certificate in PEM');
    expect(await status()).toBe(200);
  });

  it('takes clients of the authorities that a reload has read', async () => {
    const { folder, write } = certified();
    const upstream = await scriptedUpstream(answerEmpty);
    const [before, after] = [clientCertificate('before'), clientCertificate('after')];
    const config = { tls: { ...TLS, client_ca: 'ca.pem' }, routes: { a: { upstreams: [{ url: upstream.url }] } } };
    write('ca.pem', before.cert);
    const running = await runningGateway(config, {}, {}, folder);
    const shown = async (own: object) =>
      (await ask(running.gateway.url, '/healthz', own).catch(() => null))?.status ?? null;
    expect([await shown(before), await shown(after)]).toEqual([200, null]);
    write('ca.pem', after.cert);
    await running.reload(config);
    expect([await shown(before), await shown(after)]).toEqual([null, 200]);
    write('ca.pem', '');
    await expect(running.reload(config)).rejects.toThrow('ca.pem has no certificate in PEM');
    expect(await shown(after)).toBe(200);
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
