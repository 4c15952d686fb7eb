import { randomBytes } from 'node:crypto';
import { isSameSecret } from '../../base/same-secret.js';

/** What a client must send to use the proxy. */
export interface Credentials {
  username: string;
  password: string;
}

/** User name of all credentials that we make. */
export const USERNAME = 'token';

/** New ones for a session, safe in a URL. */
export function createCredentials(): Credentials {
  return { username: USERNAME, password: randomBytes(24).toString('base64url') };
}

/** Compares in constant time. @param header value of Proxy-Authorization; null without one */
export function authorizes(header: string | null, credentials: Credentials): boolean {
  const [, scheme, token] = /^\s*(\S+)\s+(\S+)\s*$/.exec(header ?? '') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || token === undefined) return false;
  const shown = Buffer.from(token, 'base64').toString();
  return isSameSecret(shown, `${credentials.username}:${credentials.password}`);
}
