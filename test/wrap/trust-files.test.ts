import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { certificateBlocks, systemBundle } from '../../src/proxy/index.js';
import {
  readExtraCertificates,
  type TrustFiles,
  type TrustOptions,
  writeTrustFiles,
} from '../../src/wrap/trust-files.js';
import { world } from '../proxy/support/harness.js';

const pemOf = (text: string) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(text).toString('base64')}\n-----END CERTIFICATE-----`;
const OURS = `${pemOf('ours')}\n`;
const [THEIRS, SYSTEM, SETTING] = [pemOf('theirs'), pemOf('system'), pemOf('setting')];

let folder: string;
let files: TrustFiles | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claude-trace-trust-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  files?.remove();
  await rm(folder, { recursive: true, force: true });
});

function write(options: Partial<TrustOptions> = {}): TrustFiles {
  files = writeTrustFiles({ ca: OURS, inherited: [], ofSettings: null, withBundle: false, env: {}, ...options });
  return files;
}

describe('writeTrustFiles', () => {
  it('writes our CA into a folder and a file that only we can read', async () => {
    const { caFile, trustFile, systemFile } = write();
    expect(await readFile(caFile, 'utf8')).toBe(OURS);
    expect([trustFile, systemFile]).toEqual([null, null]);
    expect((await stat(caFile)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(caFile))).mode & 0o777).toBe(0o700);
  });

  it('puts it before what NODE_EXTRA_CA_CERTS held, each on lines of its own', async () => {
    expect(await readFile(write({ inherited: [THEIRS] }).caFile, 'utf8')).toBe(`${OURS}${THEIRS}\n`);
  });

  it('writes a bundle of the system for a client whose settings name other certificates', async () => {
    const system = join(folder, 'system.pem');
    await writeFile(system, SYSTEM);
    const env = { SSL_CERT_FILE: system };
    const { systemFile } = write({ inherited: [THEIRS], ofSettings: [SETTING], env });
    expect(await readFile(systemFile ?? '', 'utf8')).toBe(`${OURS}${SYSTEM}\n${THEIRS}\n${SETTING}\n`);
  });

  it('writes a whole bundle when asked to: ours, the roots and the inherited', async () => {
    const { trustFile } = write({ inherited: [THEIRS], withBundle: true });
    const bundle = await readFile(trustFile ?? '', 'utf8');
    const roots = systemBundle({}).length || rootCertificates.length;
    expect(bundle.match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(roots + 2);
    expect(bundle.startsWith(OURS)).toBe(true);
    expect(bundle.endsWith(`${THEIRS}\n`)).toBe(true);
  });

  it('takes the roots from where SSL_CERT_FILE says they are', async () => {
    const roots = join(folder, 'roots.pem');
    await writeFile(roots, SYSTEM);
    const { trustFile } = write({ withBundle: true, env: { SSL_CERT_FILE: roots } });
    expect(await readFile(trustFile ?? '', 'utf8')).toBe(`${OURS}${SYSTEM}\n`);
  });

  it('leaves no folder behind when it cannot write all files', async () => {
    vi.stubEnv('TMPDIR', folder);
    const noText: string[] = [];
    Object.defineProperty(noText, Symbol.iterator, {
      value: () => {
        throw new Error('disk full');
      },
    });
    expect(() => write({ ofSettings: noText })).toThrow('disk full');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes its folder, once or again', async () => {
    const { caFile, remove } = write({ withBundle: true });
    remove();
    remove();
    await expect(stat(dirname(caFile))).rejects.toThrow('ENOENT');
  });
});

describe('readExtraCertificates', () => {
  const read = (file: string | undefined) => {
    const problems: string[] = [];
    return { certificates: readExtraCertificates(file, (message) => problems.push(message)), problems };
  };

  it('reads a certificate in DER as PEM', async () => {
    const file = join(folder, 'company.der');
    await writeFile(file, new X509Certificate(world.certificatePem).raw);
    const [pem] = read(file).certificates;
    expect(new X509Certificate(pem ?? '').raw).toEqual(new X509Certificate(world.certificatePem).raw);
  });

  it('keeps certificates that are broken, with any line ends, and leaves out the text between them', async () => {
    const file = join(folder, 'company.pem');
    await writeFile(file, `# the company\r\n${world.certificatePem.replaceAll('\n', '\r\n')}${THEIRS}`);
    expect(read(file).certificates.map((pem) => pem.replaceAll('\r', ''))).toEqual([
      world.certificatePem.trim(),
      THEIRS,
    ]);
  });

  it('reads the forms of OpenSSL', async () => {
    const file = join(folder, 'company.pem');
    const trusted = world.certificatePem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE').trim();
    await writeFile(file, trusted);
    expect(read(file).certificates).toEqual([trusted]);
    expect(certificateBlocks(Buffer.from(trusted))).toEqual([trusted]);
  });

  it('has nothing of a file that is missing, which others report', () => {
    const nothing = { certificates: [], problems: [] };
    expect(read(undefined)).toEqual(nothing);
    expect(read('')).toEqual(nothing);
    expect(read(join(folder, 'missing.pem'))).toEqual(nothing);
  });

  it('does not wait for a pipe, and reports it as it reports a folder', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await mkdir(join(folder, 'certs'));
    for (const file of [pipe, join(folder, 'certs')]) {
      expect(read(file)).toEqual({
        certificates: [],
        problems: [`NODE_EXTRA_CA_CERTS is left out: ${file} is not a regular file.`],
      });
    }
  });
});
