import type { AuthorizationServer } from 'oauth4webapi';
import { hostOf } from '../../../base/host-and-port.js';
import { isLoopback } from '../../../base/own-host.js';
import { type Fetch, IssuerError } from './bounded-fetch.js';
import { type CachedDocument, cachedDocument } from './cached-document.js';
import { createKeySet, type KeySet, parseKeys } from './key-set.js';
import { discover, fetchRecord } from './metadata.js';

/** An authorization server: what it says of itself, and its keys. Both are loaded when needed, and cached. */
export interface Issuer {
  /** Spelled as in `iss` of its tokens. */
  readonly url: string;
  /** @throws IssuerError */
  metadata(): Promise<AuthorizationServer>;
  readonly keys: KeySet;
}

interface IssuerSettings {
  url: string;
  /** Default: from the metadata. */
  jwksUri?: string | undefined;
  /** A document older than this is loaded again. */
  keyMaxAgeMs: number;
  /** Time between two attempts to load a document. */
  keyCooldownMs: number;
}

/** How long the keys of an issuer that does not answer are used. */
const MAX_STALE_MS = 3_600_000;

export function createIssuer(
  { url, jwksUri, keyMaxAgeMs: maxAgeMs, keyCooldownMs: cooldownMs }: IssuerSettings,
  fetch: Fetch,
): Issuer {
  const times = { maxAgeMs, maxStaleMs: MAX_STALE_MS, cooldownMs };
  const metadata: CachedDocument<AuthorizationServer> = cachedDocument(() => discover(url, fetch), times);
  return {
    url,
    metadata: metadata.get,
    keys: createKeySet(
      cachedDocument(async () => {
        const address = jwksUri ?? (await metadata.get()).jwks_uri;
        if (typeof address !== 'string' || !isAddress(address, url)) throw new IssuerError('not_supported');
        return parseKeys(await fetchRecord(address, fetch));
      }, times),
    ),
  };
}

/** Whether an address in metadata may be requested: https, or http on this machine if the issuer is on it as well. */
export function isAddress(address: string, issuer: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && issuer.startsWith('http:') && isLoopback(hostOf(url));
}
