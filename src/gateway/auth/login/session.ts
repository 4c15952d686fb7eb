import type { JsonRecord } from '../../../base/json.js';
import { isRecord } from '../../../base/json.js';
import type { Identity } from '../../request.js';
import { sessionCookieName, setCookie } from './cookies.js';
import type { Sealer } from './seal.js';

/** The login of a person to one route, as the sealed cookie holds it. */
export interface LoginSession {
  /** Random; a logout revokes it. */
  id: string;
  issuer: string;
  /** With the prefix of the issuer. */
  subject: string;
  scopes: readonly string[];
  /** Claims of the ID token, without those that only protect the login itself. */
  claims: JsonRecord;
  /** Unix milliseconds. From then on it must be refreshed. */
  expiresAt: number;
  /** Unix milliseconds. From then on the person must log in again. */
  endsAt: number;
  refreshToken: string | null;
  /** Needed to exchange tokens for upstreams. */
  accessToken: string | null;
}

/** Browsers refuse a cookie whose name and value have more than 4096 bytes. */
const MAX_COOKIE = 4_096;

const purposeOf = (route: string) => `session ${route}`;

/**
 * The `Set-Cookie` of a session.
 *
 * @returns null if it does not fit even without its tokens. A session without a refresh token ends at `expiresAt`.
 */
export function sessionCookie(sealer: Sealer, route: string, session: LoginSession): string | null {
  const name = sessionCookieName(route);
  const variants = [session, { ...session, accessToken: null }, { ...session, accessToken: null, refreshToken: null }];
  for (const each of variants) {
    const value = sealer.seal({ ...each }, purposeOf(route));
    if (name.length + value.length > MAX_COOKIE) continue;
    const until = each.refreshToken === null ? each.expiresAt : each.endsAt;
    return setCookie(name, value, (until - Date.now()) / 1_000);
  }
  return null;
}

/** Null if it was not sealed for this route, or the session has ended. */
export function openSession(sealer: Sealer, route: string, sealed: string): LoginSession | null {
  const opened = sealer.open(sealed, purposeOf(route));
  if (opened === null) return null;
  // Sealed by us: of this shape, unless another version sealed it.
  const session = opened as unknown as LoginSession;
  if (typeof session.subject !== 'string' || !Array.isArray(session.scopes) || !isRecord(session.claims)) return null;
  return session.endsAt > Date.now() ? session : null;
}

export function sessionIdentity({ subject, scopes, claims, expiresAt }: LoginSession): Identity {
  return { subject, scopes, claims, by: 'login', expiresAt };
}
