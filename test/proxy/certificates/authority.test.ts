import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, DAY_MS, signLeaf } from '../../../src/proxy/certificates/authority.js';
import { createLeaves } from '../../../src/proxy/certificates/leaves.js';
import { openTcp, type RawTlsServer, secure, startRawTlsServer } from '../../support/raw-tls.js';

const authority = createAuthority([
  'api.example.test',
  '*.example.org',
  '127.0.0.1:8080',
  'localhost:8443',
  '[::1]:8443',
  '2001:db8::1',
  ':443',
]);
const folder = mkdtempSync(join(tmpdir(), 'proxy-authority-'));
const caFile = join(folder, 'ca.pem');
writeFileSync(caFile, authority.certificatePem);
afterAll(() => rmSync(folder, { recursive: true }));

describe('openssl verifies, strictly, leaves for the intercepted hosts and no others', () => {
  it.each([
    ['api.example.test', 'OK'],
    ['a.b.example.org', 'OK'],
    ['127.0.0.1', 'OK'],
    ['localhost', 'OK'],
    ['::1', 'OK'],
    ['2001:db8::1', 'OK'],
    ['evilexample.org', 'permitted subtree violation'],
    ['example.test', 'permitted subtree violation'],
    ['127.0.0.2', 'permitted subtree violation'],
    ['::2', 'permitted subtree violation'],
  ])('%s: %s', async (host, verdict) => {
    const leafFile = join(folder, 'leaf.pem');
    writeFileSync(leafFile, signLeaf(authority, host).certificatePem);
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', caFile, leafFile];
    const { all } = await execa('openssl', args, { reject: false, all: true });
    expect(all).toContain(verdict);
  });

  it('constrains addresses where only names are intercepted, and names where only addresses are', async () => {
    for (const [hosts, stranger] of [
      [['localhost'], '127.0.0.1'],
      [['127.0.0.1'], 'localhost'],
    ] as const) {
      const narrow = createAuthority(hosts);
      writeFileSync(join(folder, 'narrow.pem'), narrow.certificatePem);
      writeFileSync(join(folder, 'stranger.pem'), signLeaf(narrow, stranger).certificatePem);
      const args = ['verify', '-CAfile', join(folder, 'narrow.pem'), join(folder, 'stranger.pem')];
      const { all } = await execa('openssl', args, { reject: false, all: true });
      expect(all).toContain('permitted subtree violation');
    }
  });
});

describe('TLS clients accept a leaf', () => {
  let server: RawTlsServer;
  beforeAll(async () => {
    server = await startRawTlsServer(createLeaves(authority)('localhost'));
  });
  afterAll(() => server.close());

  it('Node does', async () => {
    const client = openTcp(server.port).then((tcp) => secure(tcp, { ca: authority.certificatePem }));
    const [{ stream }] = await Promise.all([client, server.accept()]);
    expect(stream).toMatchObject({ authorized: true });
    stream.destroy();
  });

  it('curl does', async () => {
    const answer = server.accept().then(async (peer) => {
      await peer.receives(1);
      void peer.send('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello');
      peer.fin();
    });
    const url = `https://localhost:${server.port}/`;
    const { stdout } = await execa('curl', ['-sS', '--noproxy', '*', '--http1.1', '--cacert', caFile, url]);
    await answer;
    expect(stdout).toBe('hello');
  });
});

describe('lifetimes', () => {
  const now = Date.parse('2030-06-01T00:00:00Z');

  it('start a day early for clocks that are behind; a leaf is valid for less than a year', () => {
    const leaf = new X509Certificate(
      signLeaf(createAuthority(['localhost'], 90, now), 'localhost', now).certificatePem,
    );
    expect(Date.parse(leaf.validFrom)).toBe(now - DAY_MS);
    expect(Date.parse(leaf.validTo) - now).toBeLessThan(365 * DAY_MS);
    expect(leaf.subjectAltName).toBe('DNS:localhost');
  });

  it('a leaf context is kept for its host and renewed before it ends', () => {
    let clock = now;
    const leafFor = createLeaves(createAuthority(['localhost'], 90, now), () => clock);
    const first = leafFor('localhost');
    expect(leafFor('LOCALHOST.')).toBe(first);
    clock += 29.5 * DAY_MS;
    expect(leafFor('localhost')).not.toBe(first);
  });
});
