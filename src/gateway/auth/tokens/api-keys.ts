import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '../../config/auth-schema.js';
import type { Identity } from '../../request.js';
import { AuthError } from '../auth-error.js';
import { hashToken } from '../token-hash.js';
import { KEY_PREFIX } from './claims.js';

/** Marks a key for scanners of secrets, and tells it from a token. */
const PREFIX = 'ctk_';
const RANDOM_BYTES = 32;

/**
 * A new key. It has 256 random bits, so a fast hash is enough: there is nothing to guess.
 *
 * @returns the key, which is shown once, and the hash for the configuration
 */
export function makeApiKey(): { key: string; hash: string } {
  const key = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
  return { key, hash: `sha256:${hashToken(key)}` };
}

export function isApiKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** @throws AuthError */
export function checkApiKey(token: string, keys: readonly ApiKey[]): Identity {
  const digest = hash('sha256', token, 'buffer');
  let found: ApiKey | null = null;
  // All are compared, in constant time: how long it takes says nothing about them.
  for (const key of keys) {
    if (timingSafeEqual(digest, Buffer.from(key.hash.slice('sha256:'.length), 'hex'))) found = key;
  }
  if (found === null) throw new AuthError('unknown_key');
  const { id, scopes, expires } = found;
  const expiresAt = expires === undefined ? null : Date.parse(expires);
  if (expiresAt !== null && expiresAt <= Date.now()) throw new AuthError('expired');
  return { subject: KEY_PREFIX + id, scopes, claims: {}, by: 'api_key', expiresAt };
}
