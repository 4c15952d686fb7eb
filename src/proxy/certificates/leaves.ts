import { createSecureContext, type SecureContext } from 'node:tls';
import { RecentMap } from '../../base/recent-map.js';
import { normalHost } from '../host-rules.js';
import { type Authority, DAY_MS, signLeaf } from './authority.js';

/** More than the hosts of any session. A client that asks for more and more names below a suffix must not grow memory. */
const MAX_LEAVES = 200;
/** Renewed this long before its end, so that no client gets one that is about to expire. */
const RENEW_BEFORE_MS = DAY_MS;

/** The TLS context for a host. */
export type LeafFor = (host: string) => SecureContext;

/** Server certificates signed by the authority, made at first use, kept by host and renewed in time. */
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
