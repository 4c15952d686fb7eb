import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fileChecks } from '../../../src/gateway/config/file-checks.js';
import { loadGatewayConfig } from '../../../src/gateway/config/load-config.js';
import { createAuthority, signLeaf } from '../../../src/proxy/certificates/authority.js';
import { removeFolder } from '../../support/remove-folder.js';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-06-15T12:00:00Z');
const authority = createAuthority(['gateway.test'], 3_650, NOW - 100 * DAY_MS);
const expired = createAuthority(['gateway.test'], 10, NOW - 20 * DAY_MS);
const leaf = signLeaf(authority, 'gateway.test', NOW);
const old = signLeaf(authority, 'gateway.test', NOW - 60 * DAY_MS);
const future = signLeaf(authority, 'gateway.test', NOW + 60 * DAY_MS);
const GARBAGE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

const FILES = {
  'cert.pem': leaf.certificatePem,
  'chain.pem': leaf.certificatePem + authority.certificatePem,
  'expired-chain.pem': leaf.certificatePem + expired.certificatePem,
  'key.pem': leaf.privateKeyPem,
  'old.pem': old.certificatePem,
  'old-key.pem': old.privateKeyPem,
  'future.pem': future.certificatePem,
  'future-key.pem': future.privateKeyPem,
  'ca.pem': authority.certificatePem,
  'bundle.pem': `A comment.\n${expired.certificatePem}\n${authority.certificatePem}`,
  'expired.pem': expired.certificatePem,
  'all-expired.pem': expired.certificatePem.repeat(2),
  'broken.pem': authority.certificatePem + GARBAGE,
  'text.pem': 'no certificate\n',
};

const UPSTREAM = 'routes:\n  a:\n    upstreams: [{ url: "https://a.test/mcp"';
const withCa = (file: string) => `${UPSTREAM}, ca: ${file} }]`;
const withTls = (cert: string, key: string, more = '') => `tls: { cert: ${cert}, key: ${key}${more} }\n${UPSTREAM} }]`;

async function problemsOf(yaml: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-certificates-'));
  onTestFinished(() => removeFolder(folder));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'folder.pem'));
  writeFileSync(join(folder, 'gateway.yaml'), `version: 1\n${yaml}\n`);
  const { config, errorOf } = await loadGatewayConfig(join(folder, 'gateway.yaml'), {});
  const { problems } = errorOf(fileChecks(config, folder, NOW));
  return problems.map(({ line, path, message }) => `${line} ${path}: ${message.replaceAll(`${folder}/`, '')}`);
}

it.each([
  withTls('cert.pem', 'key.pem'),
  withTls('chain.pem', 'key.pem', ', client_ca: ca.pem'),
  withCa('ca.pem'),
  withCa('bundle.pem'),
])('finds nothing wrong with %j', async (yaml) => {
  expect(await problemsOf(yaml)).toEqual([]);
});

it.each([
  [withTls('missing.pem', 'key.pem'), ['2 tls.cert: missing.pem does not exist']],
  [withTls('text.pem', 'key.pem'), ['2 tls.cert: text.pem has no certificate in PEM']],
  [withTls('old.pem', 'old-key.pem'), ['2 tls.cert: the certificate expired on 2026-05-16']],
  [withTls('future.pem', 'future-key.pem'), ['2 tls.cert: the certificate is valid from 2026-08-13 on']],
  [withTls('expired-chain.pem', 'key.pem'), ['2 tls.cert: intermediate certificate 1 expired on 2026-06-05']],
  [withTls('cert.pem', 'old-key.pem'), ['2 tls.key: is not the key of tls.cert']],
  [
    withTls('cert.pem', 'cert.pem'),
    ['2 tls.key: cert.pem has no private key in PEM that can be read without a passphrase'],
  ],
  [withTls('cert.pem', 'key.pem', ', client_ca: folder.pem'), ['2 tls.client_ca: folder.pem is not a regular file']],
  [`rules: none.yaml\n${UPSTREAM} }]`, ['2 rules: none.yaml does not exist']],
  [`${UPSTREAM} }]\n    rules: folder.pem`, ['5 routes.a.rules: folder.pem is not a regular file']],
  [withCa('missing.pem'), ['4 routes.a.upstreams[0].ca: missing.pem does not exist']],
  [withCa('expired.pem'), ['4 routes.a.upstreams[0].ca: the certificate expired on 2026-06-05']],
  [
    withCa('all-expired.pem'),
    ['4 routes.a.upstreams[0].ca: all 2 certificates have expired, the last one on 2026-06-05'],
  ],
  [withCa('broken.pem'), ['4 routes.a.upstreams[0].ca: broken.pem: certificate 2 of 2 cannot be read']],
  [
    `auth:\n  providers:\n    idp: { issuer: "https://idp.test", ca: expired.pem }\n${withCa('missing.pem')}`,
    [
      '4 auth.providers.idp.ca: the certificate expired on 2026-06-05',
      '7 routes.a.upstreams[0].ca: missing.pem does not exist',
    ],
  ],
])('a check of %j names what is wrong, and where', async (yaml, problems) => {
  expect(await problemsOf(yaml)).toEqual(problems);
});
