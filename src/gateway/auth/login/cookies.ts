import { hashToken } from '../token-hash.js';

/*
 * `__Host-`: browsers take such a cookie only over TLS (or from this machine), from this very host, for all of its paths.
 * Lax, not Strict: the callback is a navigation from the page of the issuer. Lax cookies go with no POST of another site.
 */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** The login of a person, for one route. */
export function sessionCookieName(route: string): string {
  return `__Host-ct-session-${route}`;
}

/** A login in progress. There may be several, in several tabs. */
export function stateCookieName(state: string): string {
  return `__Host-ct-state-${hashToken(state).slice(0, 16)}`;
}

export function setCookie(name: string, value: string, maxAgeS: number): string {
  return `${name}=${value}; Max-Age=${Math.floor(maxAgeS)}; ${ATTRIBUTES}`;
}

export function clearCookie(name: string): string {
  return setCookie(name, '', 0);
}
