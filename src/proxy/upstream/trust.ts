import { X509Certificate } from 'node:crypto';
import tls, { createSecureContext, type SecureContext } from 'node:tls';
import { describeError } from '../../base/error-text.js';
import { certificateBlocks } from '../certificates/pem.js';
import { isTrustCode, ProxyError } from '../failures.js';

/** Verifies upstream's certificates. */
export interface Trust {
  /** Made at the first call, which takes 10 ms, with extra certificates 60. */
  context(): SecureContext;
  /**
   * Adds the system's own store, for a server that does not verify without it. Reading it takes up to 300 ms, so it is not done
   * before it is needed, and once.
   */
  widen(): void;
}

/**
 * Trusts Node's default roots, and these.
 * @param pems each with one certificate or more; text between them is ignored
 * @param onUnreadable called once for each certificate that cannot be read; like Node, we go on without it
 * @param readSystem what the system trusts, PEM
 */
export function createTrust(
  pems: readonly string[],
  onUnreadable: (why: string) => void,
  readSystem: () => readonly string[],
): Trust {
  let made: SecureContext | null = null;
  let extra: readonly string[] | null = null;
  let isWide = false;
  const readExtra = () => {
    extra ??= pems
      .flatMap((pem) => certificateBlocks(Buffer.from(pem)))
      .filter((pem) => {
        const why = whyUnreadable(pem);
        if (why !== null) onUnreadable(why);
        return why === null;
      });
    return extra;
  };
  return {
    context: () => {
      made ??= makeContext(readExtra());
      return made;
    },
    widen: () => {
      if (isWide) return;
      isWide = true;
      const system = readSystem().filter((pem) => whyUnreadable(pem) === null);
      if (system.length > 0) made = makeContext([...readExtra(), ...system]);
    },
  };
}

/**
 * Adds the system's own store after a failure.
 * @param tried the context of the attempt
 * @returns whether another attempt can succeed: a certificate did not verify, and now there are other authorities
 */
export function isWidened(trust: Trust, tried: SecureContext, error: unknown): boolean {
  if (!(error instanceof ProxyError) || !isTrustCode(error.failure.code)) return false;
  trust.widen();
  return trust.context() !== tried;
}

function makeContext(extra: readonly string[]): SecureContext {
  // Without `ca` Node uses its default store, which includes the system's when started with --use-system-ca.
  if (extra.length === 0) return createSecureContext({ minVersion: 'TLSv1.2' });
  return createSecureContext({ minVersion: 'TLSv1.2', ca: [...new Set([...defaultRoots(), ...extra])] });
}

/** Node >= 22.15 has a function for its default roots; before that they are the bundled ones. */
function defaultRoots(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

/** Null for a certificate that can be read. */
function whyUnreadable(pem: string): string | null {
  try {
    new X509Certificate(pem);
    return null;
  } catch (error) {
    return describeError(error);
  }
}
