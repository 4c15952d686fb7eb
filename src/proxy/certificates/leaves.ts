import { createSecureContext, type SecureContext } from 'node:tls';
import { RecentMap } from '../../base/recent-map.js';
import { normalHost } from '../host-rules.js';
import { type Authority, DAY_MS, signLeaf } from './authority.js';

/** More than the hosts of any session; a client that asks for ever new names below a suffix must not grow memory. */
const MAX_LEAVES = 200;
/** Renewed this long before its end, so that no client meets one that is about to expire. */
const RENEW_BEFORE_MS = DAY_MS;

/** Gives the TLS context that answers for a host. */
export type LeafFor = (host: string) => SecureContext;

/** Server contexts signed by the authority, made on first use, kept by host and renewed in time. */
export function createLeaves(authority: Authority, clock: () => number = Date.now): LeafFor {
  const leaves = new RecentMap<string, { context: SecureContext; notAfter: number }>(MAX_LEAVES);
  return (host) => {
    const name = normalHost(host);
    const known = leaves.get(name);
    if (known && clock() < known.notAfter - RENEW_BEFORE_MS) return known.context;
    const { certificatePem, privateKeyPem, notAfter } = signLeaf(authority, name, clock());
    const context = createSecureContext({ cert: certificatePem, key: privateKeyPem, minVersion: 'TLSv1.2' });
    leaves.set(name, { context, notAfter });
    return context;
  };
}
