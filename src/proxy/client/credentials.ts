import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a client must show before the proxy works for it. */
export interface Credentials {
  username: string;
  password: string;
}

/** Of all credentials that we make. */
export const USERNAME = 'token';

/** Fresh ones for one session, safe in a URL. */
export function createCredentials(): Credentials {
  return { username: USERNAME, password: randomBytes(24).toString('base64url') };
}

/** The value of a Proxy-Authorization header (RFC 7617). */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Compares in constant time. `header`: the value of Proxy-Authorization, null when there was none. */
export function authorizes(header: string | null, credentials: Credentials): boolean {
  const [, scheme, token] = /^\s*(\S+)\s+(\S+)\s*$/.exec(header ?? '') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || token === undefined) return false;
  const shown = Buffer.from(token, 'base64').toString();
  return timingSafeEqual(digest(shown), digest(`${credentials.username}:${credentials.password}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
