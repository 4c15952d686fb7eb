import { AuthError } from './auth-error.js';
import { sessionCookieName } from './login/cookies.js';
import { MAX_TOKEN_LENGTH } from './tokens/jwt.js';
import type { AuthRequest } from './types.js';

export type Credential = { kind: 'bearer' | 'api_key' | 'cookie'; text: string };

/** Names of tokens in addresses (RFC 6750 section 2.3, which OAuth 2.1 forbids), and others that people try. */
const TOKEN_PARAMETERS = /^(access_token|api_key|apikey|token|id_token|authorization)$/i;

/**
 * The one credential of a request: `Authorization: Bearer`, `X-Api-Key`, or the cookie of a login to this very route.
 *
 * @returns the credential, or null
 * @throws AuthError for two of them, for one in the address, and for other schemes
 */
export function credentialOf({
  route,
  headers,
  url,
}: Pick<AuthRequest, 'route' | 'headers' | 'url'>): Credential | null {
  if (hasTokenInQuery(url)) throw new AuthError('token_in_query');
  const authorization = headers.authorization ?? [];
  const apiKeys = headers['x-api-key'] ?? [];
  if (authorization.length + apiKeys.length > 1) throw new AuthError('several_credentials');
  if (authorization[0] !== undefined) return { kind: 'bearer', text: bearerOf(authorization[0]) };
  if (apiKeys[0] !== undefined) return { kind: 'api_key', text: limited(apiKeys[0]) };
  const cookies = cookiesNamed(headers, sessionCookieName(route));
  if (cookies.length > 1) throw new AuthError('several_credentials');
  return cookies[0] === undefined ? null : { kind: 'cookie', text: cookies[0] };
}

function hasTokenInQuery(url: string): boolean {
  const start = url.indexOf('?');
  if (start === -1) return false;
  for (const name of new URLSearchParams(url.slice(start + 1)).keys()) if (TOKEN_PARAMETERS.test(name)) return true;
  return false;
}

function bearerOf(header: string): string {
  // Headers that a proxy has joined with a comma are two headers: no token has one.
  if (header.includes(',')) throw new AuthError('several_credentials');
  const [, token] = /^bearer +([\w.~+/=-]+) *$/i.exec(limited(header)) ?? [];
  if (token === undefined) throw new AuthError('malformed');
  return token;
}

function limited(text: string): string {
  if (text.length > MAX_TOKEN_LENGTH) throw new AuthError('too_large');
  return text;
}

/** Values of all cookies with a name. */
export function cookiesNamed(headers: NodeJS.Dict<string[]>, name: string): string[] {
  return (headers.cookie ?? []).flatMap((header) =>
    header.split(';').flatMap((pair) => {
      const [key = '', ...value] = pair.split('=');
      return key.trim() === name ? [value.join('=').trim()] : [];
    }),
  );
}
