import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose';
import type { JsonRecord } from '../../../base/json.js';
import { AuthError } from '../auth-error.js';
import { IssuerError } from './bounded-fetch.js';
import type { CachedDocument } from './cached-document.js';

/** The public keys of an issuer. Keys that a token names or carries (`jku`, `jwk`, `x5u`) are never used. */
export interface KeySet {
  /**
   * Checks signature and claims. For a token with an unknown key, the keys are loaded again, at most once in a cooldown.
   *
   * @throws AuthError, JOSEError; IssuerError if no keys are available
   */
  verify(token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult>;
}

const MAX_KEYS = 100;
/** Maximum number of keys tried for a token without `kid`: each costs a tenth of a millisecond. */
const MAX_CANDIDATES = 8;

/** Finds the key of a token in a key set. */
export type GetKey = ReturnType<typeof createLocalJWKSet>;

export function createKeySet(keys: CachedDocument<GetKey>): KeySet {
  return {
    async verify(token, options) {
      try {
        return await verifyWith(await keys.get(), token, options);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !(await keys.renew())) throw error;
        return await verifyWith(await keys.get(), token, options);
      }
    },
  };
}

/** @throws IssuerError: a document that cannot be used does not replace one that can */
export function parseKeys(document: JsonRecord): GetKey {
  if (!Array.isArray(document.keys) || document.keys.length > MAX_KEYS) throw new IssuerError('malformed');
  try {
    return createLocalJWKSet(document as unknown as JSONWebKeySet);
  } catch {
    throw new IssuerError('malformed');
  }
}

async function verifyWith(getKey: GetKey, token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, getKey, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let candidates = 0;
    for await (const key of error) {
      if (++candidates > MAX_CANDIDATES) break;
      try {
        return await jwtVerify(token, key, options);
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new AuthError('signature');
  }
}
