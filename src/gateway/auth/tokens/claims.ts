import type { JsonRecord } from '../../../base/json.js';
import type { Identity } from '../../request.js';
import { AuthError } from '../auth-error.js';

export interface ClaimRules {
  /** A token must name one of these audiences. */
  audiences: readonly string[];
  subjectClaim: string;
  subjectPrefix: string;
  /** By default `scope`, else `scp`. */
  scopeClaim: string | null;
}

/** The maximum that OpenID Connect allows for `sub`. */
const MAX_SUBJECT = 255;
const MAX_SCOPES = 200;
/** Prefix of the subjects of API keys: no issuer may give these out. */
export const KEY_PREFIX = 'key:';

/**
 * The identity in the claims of a checked token.
 *
 * @throws AuthError for a token of another audience, one bound to a key that the client would have to prove, or without a usable subject
 */
export function identityOf(
  claims: JsonRecord,
  by: Identity['by'],
  { audiences, subjectClaim, subjectPrefix, scopeClaim }: ClaimRules,
): Identity {
  if (!audiencesOf(claims.aud).some((audience) => audiences.includes(audience))) throw new AuthError('audience');
  // RFC 9449: such a token used as a bearer token was stolen.
  if (claims.cnf !== undefined) throw new AuthError('bound_token');
  const { [subjectClaim]: sub, exp } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT || !isPrintable(sub)) {
    throw new AuthError('claims');
  }
  const subject = subjectPrefix + sub;
  if (subject.startsWith(KEY_PREFIX)) throw new AuthError('claims');
  return {
    subject,
    scopes: scopesOf(scopeClaim === null ? (claims.scope ?? claims.scp) : claims[scopeClaim]),
    claims,
    by,
    expiresAt: typeof exp === 'number' ? exp * 1_000 : null,
  };
}

function audiencesOf(aud: unknown): string[] {
  const list = Array.isArray(aud) ? aud : [aud];
  return list.filter((each) => typeof each === 'string');
}

/** Scopes as a string with spaces (RFC 8693), or as a list. */
export function scopesOf(claim: unknown): string[] {
  const list: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return list.filter((each) => typeof each === 'string' && each !== '').slice(0, MAX_SCOPES) as string[];
}

function isPrintable(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
}
