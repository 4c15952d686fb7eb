import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, constraintsFor, createAuthority, DAY_MS } from './authority.js';
import { encode } from './der.js';
import { privateKeyFromPem } from './x509.js';

const LIFETIME_DAYS = 365;
/** Renewed this early, so that a user has time to trust the new one. */
const RENEW_BEFORE_DAYS = 30;

/**
 * The authority of the stand-alone proxy: `authority.pem` (0600) with the key, and `ca.pem`, the certificate alone, for clients
 * to trust. It is made again where it is missing, unreadable, about to expire, or for other hosts.
 * @param now unix ms
 * @throws the system's error where the folder cannot be written
 */
export function loadOrCreateAuthority(dir: string, hosts: readonly string[], now = Date.now()): Authority {
  const file = join(dir, 'authority.pem');
  const known = readAuthority(file);
  if (known && isFit(known, hosts, now)) return known;
  const authority = createAuthority(hosts, LIFETIME_DAYS, now);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  replaceFile(file, authority.privateKeyPem + authority.certificatePem);
  replaceFile(join(dir, 'ca.pem'), authority.certificatePem);
  return authority;
}

/** Null where it is missing or damaged. */
function readAuthority(file: string): Authority | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const privateKeyPem = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0];
  const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text)?.[0];
  return privateKeyPem && certificatePem ? { privateKeyPem, certificatePem } : null;
}

function isFit(authority: Authority, hosts: readonly string[], now: number): boolean {
  try {
    const certificate = new X509Certificate(authority.certificatePem);
    return (
      certificate.checkPrivateKey(privateKeyFromPem(authority.privateKeyPem)) &&
      Date.parse(certificate.validTo) - now > RENEW_BEFORE_DAYS * DAY_MS &&
      certificate.raw.includes(encode(constraintsFor(hosts)))
    );
  } catch {
    return false;
  }
}

/** A reader sees the old file or the new one, never a part of it. Mode 0600 from the first byte. */
function replaceFile(file: string, content: string): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}
