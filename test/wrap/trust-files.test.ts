import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateBlocks, systemBundle } from '../../src/proxy/index.js';
import { type TrustFiles, writeTrustFiles } from '../../src/wrap/trust-files.js';
import { ours, world } from '../proxy/support/harness.js';

const OURS = '-----BEGIN CERTIFICATE-----\nb3Vycw==\n-----END CERTIFICATE-----\n';
const THEIRS = '-----BEGIN CERTIFICATE-----\ndGhlaXJz\n-----END CERTIFICATE-----';

let folder: string;
let files: TrustFiles | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claude-trace-trust-'));
});
afterEach(async () => {
  files?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('writeTrustFiles', () => {
  it('writes our CA into a folder and a file that only we can read', async () => {
    files = writeTrustFiles(OURS, {}, false);
    expect(await readFile(files.caFile, 'utf8')).toBe(OURS);
    expect(files.trustFile).toBeNull();
    expect((await stat(files.caFile)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(files.caFile))).mode & 0o777).toBe(0o700);
  });

  it('puts it before what NODE_EXTRA_CA_CERTS held, each on lines of its own', async () => {
    const inherited = join(folder, 'company.pem');
    await writeFile(inherited, THEIRS);
    files = writeTrustFiles(OURS, { NODE_EXTRA_CA_CERTS: inherited }, false);
    expect(await readFile(files.caFile, 'utf8')).toBe(`${OURS}${THEIRS}\n`);
  });

  it('keeps ours readable before a certificate that is broken', async () => {
    const inherited = join(folder, 'company.pem');
    const broken = '-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n';
    await writeFile(inherited, `# the company\r\n${world.certificatePem.replaceAll('\n', '\r\n')}${broken}`);
    files = writeTrustFiles(ours.certificatePem, { NODE_EXTRA_CA_CERTS: inherited }, false);
    expect((await readFile(files.caFile, 'utf8')).startsWith(ours.certificatePem.trim())).toBe(true);
  });

  it('writes an inherited certificate in DER as PEM', async () => {
    const inherited = join(folder, 'company.der');
    await writeFile(inherited, new X509Certificate(world.certificatePem).raw);
    files = writeTrustFiles(OURS, { NODE_EXTRA_CA_CERTS: inherited }, false);
    const [, theirs] = certificateBlocks(await readFile(files.caFile));
    expect(new X509Certificate(theirs ?? '').raw).toEqual(new X509Certificate(world.certificatePem).raw);
  });

  it('writes a bundle of the system for a client whose settings name other certificates', async () => {
    const [system, inherited, setting] = ['system.pem', 'company.pem', 'setting.pem'].map((name) => join(folder, name));
    await writeFile(system ?? '', THEIRS);
    await writeFile(inherited ?? '', `inherited\n${THEIRS}`);
    await writeFile(setting ?? '', `of the setting\n${THEIRS}`);
    const env = { SSL_CERT_FILE: system, NODE_EXTRA_CA_CERTS: inherited };
    files = writeTrustFiles(OURS, env, false, setting);
    expect(await readFile(files.systemFile ?? '', 'utf8')).toBe(
      `${OURS}${THEIRS}\ninherited\n${THEIRS}\nof the setting\n${THEIRS}\n`,
    );
    files.remove();
    files = writeTrustFiles(OURS, env, false);
    expect(files.systemFile).toBeNull();
  });

  it('goes on without an inherited file that cannot be read', async () => {
    files = writeTrustFiles(OURS, { NODE_EXTRA_CA_CERTS: join(folder, 'missing.pem') }, false);
    expect(await readFile(files.caFile, 'utf8')).toBe(OURS);
  });

  it('writes a whole bundle when asked to: the roots, the inherited, and ours', async () => {
    const inherited = join(folder, 'company.pem');
    await writeFile(inherited, THEIRS);
    files = writeTrustFiles(OURS, { NODE_EXTRA_CA_CERTS: inherited }, true);
    const bundle = await readFile(files.trustFile ?? '', 'utf8');
    const roots = systemBundle({}).length || rootCertificates.length;
    expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(roots + 2);
    expect(bundle.startsWith(OURS)).toBe(true);
    expect(bundle.endsWith(`${THEIRS}\n`)).toBe(true);
  });

  it('takes the roots of SSL_CERT_FILE where the user has them', async () => {
    const roots = join(folder, 'roots.pem');
    await writeFile(roots, THEIRS);
    files = writeTrustFiles(OURS, { SSL_CERT_FILE: roots }, true);
    expect(await readFile(files.trustFile ?? '', 'utf8')).toBe(`${OURS}${THEIRS}\n`);
  });

  it('removes all of it, also twice', async () => {
    files = writeTrustFiles(OURS, {}, true);
    files.remove();
    files.remove();
    await expect(stat(dirname(files.caFile))).rejects.toThrow('ENOENT');
  });
});
