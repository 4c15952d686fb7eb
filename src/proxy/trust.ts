import { X509Certificate } from 'node:crypto';
import tls, { createSecureContext, type SecureContext } from 'node:tls';

/** Gives the one context; makes it at the first call. */
export type Trust = () => SecureContext;

/**
 * What upstream's certificates are verified against: the roots Node trusts by default, and these. Made once, and not before
 * it is asked for: it takes 10 ms, with extra certificates 60.
 * @param pems each with one certificate or more; text between them is ignored
 * @param onUnreadable told once for each certificate that cannot be read; like Node, we go on without it
 */
export function createTrust(pems: readonly string[], onUnreadable: (why: string) => void): Trust {
  let made: SecureContext | null = null;
  return () => {
    made ??= makeContext(pems, onUnreadable);
    return made;
  };
}

function makeContext(pems: readonly string[], onUnreadable: (why: string) => void): SecureContext {
  const extra = pems
    .flatMap((pem) => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .filter((pem) => isReadable(pem, onUnreadable));
  // Without `ca` Node takes its default store as it is, also the system's when started with --use-system-ca.
  if (extra.length === 0) return createSecureContext({ minVersion: 'TLSv1.2' });
  return createSecureContext({ minVersion: 'TLSv1.2', ca: [...defaultRoots(), ...extra] });
}

/** Node >= 22.15 tells what it trusts by default; before that the bundled roots are the default. */
function defaultRoots(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

function isReadable(pem: string, onUnreadable: (why: string) => void): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch (error) {
    onUnreadable(error instanceof Error ? error.message : String(error));
    return false;
  }
}
