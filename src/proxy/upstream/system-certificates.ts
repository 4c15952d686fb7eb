import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import type { Env } from '../../base/env.js';
import { readCertificateFile } from '../certificates/pem.js';

/** Where systems keep their bundle; the same places as Go's crypto/x509 (root_linux.go, root_bsd.go) looks in. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Arch, Gentoo
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', // Fedora, RHEL
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem', // openSUSE
  '/etc/pki/tls/cacert.pem',
  '/etc/ssl/cert.pem', // Alpine, macOS, FreeBSD
];

/**
 * What the system trusts, PEM: as Node tells it (22.15 and later), and what its bundle has. `NODE_EXTRA_CA_CERTS` belongs to it:
 * Node leaves out what is in DER, or behind a certificate that it cannot read. Takes up to 200 ms.
 */
export function systemCertificates(env: Env = process.env): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] };
  const inherited = env.NODE_EXTRA_CA_CERTS ? readCertificates(env.NODE_EXTRA_CA_CERTS) : [];
  const all = [...inherited, ...(getCACertificates?.('system') ?? []), ...systemBundle(env)];
  return [...new Set(all.map((pem) => pem.trim()))];
}

/**
 * The well-known bundle, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` put in its place, PEM; places that cannot be read have
 * nothing.
 */
export function systemBundle({ SSL_CERT_FILE, SSL_CERT_DIR }: Env): string[] {
  const named = [...(SSL_CERT_FILE ? [SSL_CERT_FILE] : []), ...(SSL_CERT_DIR ?? '').split(':').flatMap(filesOf)];
  if (named.length > 0) return named.flatMap(readCertificates);
  return BUNDLES.map(readCertificates).find((pems) => pems.length > 0) ?? [];
}

function filesOf(folder: string): string[] {
  try {
    return folder === '' ? [] : readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readCertificates(file: string): string[] {
  try {
    return readCertificateFile(file);
  } catch {
    return [];
  }
}
