import { X509Certificate } from 'node:crypto';
import tls, { createSecureContext, type SecureContext } from 'node:tls';
import { describeError } from '../../base/error-text.js';
import { certificateBlocks } from '../certificates/pem.js';

/** What upstream's certificates are verified against. */
export interface Trust {
  /** The one context; made at the first call, which takes 10 ms, with extra certificates 60. */
  context(): SecureContext;
  /**
   * Lets the system's own store count as well, for a server that does not verify without it. Not before it is needed: reading
   * it takes up to 300 ms.
   * @returns false when that was done before, or adds nothing
   */
  widen(): boolean;
}

/**
 * Trust in the roots that Node trusts by default, and in these.
 * @param pems each with one certificate or more; text between them is ignored
 * @param onUnreadable told once for each certificate that cannot be read; like Node, we go on without it
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
      if (isWide) return false;
      isWide = true;
      const system = readSystem().filter((pem) => whyUnreadable(pem) === null);
      if (system.length === 0) return false;
      made = makeContext([...readExtra(), ...system]);
      return true;
    },
  };
}

function makeContext(extra: readonly string[]): SecureContext {
  // Without `ca` Node takes its default store as it is, also the system's when started with --use-system-ca.
  if (extra.length === 0) return createSecureContext({ minVersion: 'TLSv1.2' });
  return createSecureContext({ minVersion: 'TLSv1.2', ca: [...new Set([...defaultRoots(), ...extra])] });
}

/** Node >= 22.15 tells what it trusts by default; before that the bundled roots are the default. */
function defaultRoots(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

/** Null: it can be read. */
function whyUnreadable(pem: string): string | null {
  try {
    new X509Certificate(pem);
    return null;
  } catch (error) {
    return describeError(error);
  }
}
