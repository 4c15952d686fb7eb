import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TrustFiles, writeTrustFiles } from '../../src/cli/trust-files.js';

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

  it('puts it after what NODE_EXTRA_CA_CERTS held, each on lines of its own', async () => {
    const inherited = join(folder, 'company.pem');
    await writeFile(inherited, THEIRS);
    files = writeTrustFiles(OURS, { NODE_EXTRA_CA_CERTS: inherited }, false);
    expect(await readFile(files.caFile, 'utf8')).toBe(`${THEIRS}\n${OURS}`);
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
    expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(rootCertificates.length + 2);
    expect(bundle.endsWith(`${THEIRS}\n${OURS}`)).toBe(true);
  });

  it('takes the roots of SSL_CERT_FILE where the user has them', async () => {
    const roots = join(folder, 'roots.pem');
    await writeFile(roots, THEIRS);
    files = writeTrustFiles(OURS, { SSL_CERT_FILE: roots }, true);
    expect(await readFile(files.trustFile ?? '', 'utf8')).toBe(`${THEIRS}\n${OURS}`);
  });

  it('removes all of it, also twice', async () => {
    files = writeTrustFiles(OURS, {}, true);
    files.remove();
    files.remove();
    await expect(stat(dirname(files.caFile))).rejects.toThrow('ENOENT');
  });
});
