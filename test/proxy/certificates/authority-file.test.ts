import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DAY_MS } from '../../../src/proxy/certificates/authority.js';
import { loadOrCreateAuthority } from '../../../src/proxy/certificates/authority-file.js';

describe('the authority on disk', () => {
  const now = Date.parse('2030-06-01T00:00:00Z');
  let dir: string;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'proxy-ca-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    dir = join(folder, 'data');
  });

  it('is made once and then read', () => {
    const first = loadOrCreateAuthority(dir, ['localhost'], now);
    expect(loadOrCreateAuthority(dir, ['localhost'], now + DAY_MS)).toEqual(first);
  });

  it('has a key that only its owner can read, and a separate certificate', () => {
    const { certificatePem } = loadOrCreateAuthority(dir, ['localhost'], now);
    expect(statSync(join(dir, 'authority.pem')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, 'ca.pem'), 'utf8')).toBe(certificatePem);
  });

  it('is renewed before it expires', () => {
    const first = loadOrCreateAuthority(dir, ['localhost'], now);
    expect(loadOrCreateAuthority(dir, ['localhost'], now + 336 * DAY_MS)).not.toEqual(first);
  });

  it('is made again for other hosts, so that it never signs for more than is intercepted', () => {
    const first = loadOrCreateAuthority(dir, ['localhost', 'a.test'], now);
    expect(loadOrCreateAuthority(dir, ['localhost'], now)).not.toEqual(first);
  });

  it.each(['', 'not PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'])(
    'is made again when damaged: %j',
    (damage) => {
      const first = loadOrCreateAuthority(dir, ['localhost'], now);
      writeFileSync(join(dir, 'authority.pem'), damage + first.certificatePem);
      const next = loadOrCreateAuthority(dir, ['localhost'], now);
      expect(next).not.toEqual(first);
      expect(loadOrCreateAuthority(dir, ['localhost'], now)).toEqual(next);
    },
  );
});
