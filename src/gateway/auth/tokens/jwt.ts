import { errors, type JWTHeaderParameters, type JWTVerifyOptions } from 'jose';
import { type JsonRecord, parseRecord } from '../../../base/json.js';
import type { TokenAlgorithm } from '../../config/auth-schema.js';
import { ExpiringMap } from '../../expiring-map.js';
import { AuthError, type AuthReason } from '../auth-error.js';
import type { KeySet } from '../issuer/key-set.js';
import { hashToken } from '../token-hash.js';

export interface JwtRules {
  issuer: string;
  algorithms: readonly TokenAlgorithm[];
  clockToleranceMs: number;
  /** Maximum age since `iat`. */
  maxAgeMs: number | null;
}

/** Request headers of Node have at most 16 KB. */
export const MAX_TOKEN_LENGTH = 8_192;
const MAX_KID_LENGTH = 256;
/** `typ` of access tokens: RFC 9068, and the many issuers that are older than it. Other types (logout, DPoP) have other purposes. */
const ACCESS_TOKEN_TYPES = /^(application\/)?(at\+jwt|jwt)$/i;

export function isJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]*\.[\w-]*$/.test(token);
}

/** `iss`, or null, before the signature is checked: it says whose keys to use. */
export function unverifiedIssuer(token: string): string | null {
  const iss = partOf(token, 1)?.iss;
  return typeof iss === 'string' ? iss : null;
}

/**
 * The part of a token that a revocation names: the signed part of a JWT, or the whole of any other token. A holder of a token can write its
 * signature in other ways (base64url has spare bits, and ECDSA has a second signature for each), which must be revoked as well.
 */
export function revocableOf(token: string): string {
  return isJwt(token) && partOf(token, 0) !== null ? token.slice(0, token.lastIndexOf('.')) : token;
}

/** Tokens that were checked recently: clients send the same one with each request. */
const MAX_VERIFIED = 5_000;
/** How long a token is still accepted after its key was withdrawn. */
const VERIFIED_MS = 60_000;

/**
 * Checks access tokens by the keys of their issuer.
 *
 * @returns gives the claims of a token. The caller must check the audience. It throws AuthError, and IssuerError when the keys are
 *   not available.
 */
export function createJwtVerifier(keys: KeySet, rules: JwtRules): (token: string) => Promise<JsonRecord> {
  const verified = new ExpiringMap<JsonRecord>(MAX_VERIFIED);
  return async (token) => {
    const hash = hashToken(token);
    const known = verified.get(hash);
    if (known !== undefined) return known;
    const claims = await verifyJwt(token, keys, rules);
    verified.set(hash, claims, Math.min(Date.now() + VERIFIED_MS, endOf(claims, rules)));
    return claims;
  };
}

/** Unix milliseconds. */
function endOf({ exp, iat }: JsonRecord, { clockToleranceMs, maxAgeMs }: JwtRules): number {
  const expiry = typeof exp === 'number' ? exp * 1_000 : 0;
  const oldest = typeof iat === 'number' && maxAgeMs !== null ? iat * 1_000 + maxAgeMs : Number.POSITIVE_INFINITY;
  return Math.min(expiry, oldest) + clockToleranceMs;
}

async function verifyJwt(token: string, keys: KeySet, rules: JwtRules): Promise<JsonRecord> {
  checkHeader(partOf(token, 0), rules.algorithms);
  const clockTolerance = rules.clockToleranceMs / 1_000;
  const options: JWTVerifyOptions = {
    issuer: rules.issuer,
    algorithms: [...rules.algorithms],
    clockTolerance,
    ...(rules.maxAgeMs === null ? {} : { maxTokenAge: rules.maxAgeMs / 1_000 }),
    requiredClaims: ['iss', 'aud', 'exp', 'iat'],
  };
  try {
    const { payload } = await keys.verify(token, options);
    if (typeof payload.iat !== 'number' || payload.iat > Date.now() / 1_000 + clockTolerance) {
      throw new AuthError('not_yet_valid');
    }
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new AuthError(reasonOf(error));
    throw error;
  }
}

/** Refuses tokens that can be refused without a key, before keys are loaded. */
function checkHeader(header: JsonRecord | null, algorithms: readonly string[]): asserts header is JWTHeaderParameters {
  if (header === null) throw new AuthError('malformed');
  const { alg, kid, typ, cty } = header;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) throw new AuthError('algorithm');
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH)) throw new AuthError('unknown_key');
  if (typ !== undefined && (typeof typ !== 'string' || !ACCESS_TOKEN_TYPES.test(typ))) throw new AuthError('type');
  // A nested JWT.
  if (cty !== undefined) throw new AuthError('type');
}

function partOf(token: string, index: number): JsonRecord | null {
  return parseRecord(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
}

const REASONS: Readonly<Record<string, AuthReason>> = {
  [errors.JWTExpired.code]: 'expired',
  [errors.JWKSNoMatchingKey.code]: 'unknown_key',
  [errors.JWSSignatureVerificationFailed.code]: 'signature',
  [errors.JOSEAlgNotAllowed.code]: 'algorithm',
  [errors.JOSENotSupported.code]: 'malformed',
};

function reasonOf(error: errors.JOSEError): AuthReason {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'issuer';
    if (error.reason === 'check_failed' && (error.claim === 'nbf' || error.claim === 'iat')) return 'not_yet_valid';
    return 'claims';
  }
  return REASONS[error.code] ?? 'malformed';
}
