import type { GatewayFact, RequestOutcome } from '../facts.js';
import type { Refusal } from '../request.js';
import type { AuthReason } from './auth-error.js';
import type { RouteAccess } from './route-access.js';

const METADATA_PATH = '/.well-known/oauth-protected-resource';
/** JSON-RPC code of answers that the gateway gives in place of a server. */
const REFUSED = -32_000;
const OUTCOMES = { 400: 'refused', 401: 'unauthenticated', 403: 'forbidden', 503: 'unauthenticated' } satisfies Record<
  number,
  RequestOutcome
>;
/** Seconds after which a client may ask again when an issuer does not answer. */
const RETRY_AFTER = '5';

/** Messages for clients. They repeat nothing from the token, and say little about what is wrong with it. */
const MESSAGES: Readonly<Record<AuthReason, string>> = {
  no_credential: 'Authentication is required.',
  several_credentials: 'Expected one credential.',
  token_in_query: 'A token does not belong in the address.',
  malformed: 'The token is malformed.',
  too_large: 'The token is too large.',
  unknown_issuer: 'The issuer of the token is not accepted here.',
  algorithm: 'The signature algorithm of the token is not accepted.',
  unknown_key: 'The key is not known.',
  signature: 'The signature of the token is wrong.',
  type: 'This is not an access token.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  audience: 'The token is for another resource.',
  issuer: 'The token is from another issuer.',
  claims: 'The token lacks a claim.',
  bound_token: 'The token is bound to a key and cannot be used as a bearer token.',
  inactive: 'The token is not active.',
  revoked: 'The token was revoked.',
  not_accepted: 'This kind of credential is not accepted here.',
  foreign_origin: 'The request comes from another site.',
  scope: 'The token lacks a scope.',
  issuer_unavailable: 'The authorization server does not answer.',
};

/** Path of the metadata of a resource (RFC 9728). */
export function metadataPath(resource: string): string {
  const { pathname } = new URL(resource);
  return pathname === '/' ? METADATA_PATH : METADATA_PATH + pathname;
}

/**
 * The answer to a request that is not admitted. 401 for a credential that is missing or not accepted, 400 for a malformed request,
 * 403 for a scope or a foreign page, 503 when a token could not be checked: a 401 would make clients drop a good one.
 *
 * @param resource that the client asked for
 */
export function refuse(
  access: Pick<RouteAccess, 'route' | 'scopes' | 'issuers'>,
  resource: string,
  reason: AuthReason,
  fact: GatewayFact,
  scopes: readonly string[] = access.scopes,
): Refusal {
  const message = MESSAGES[reason];
  const answer = (status: keyof typeof OUTCOMES, headers: Refusal['headers']): Refusal => ({
    ...{ status, headers, fact },
    outcome: OUTCOMES[status],
    body: { error: { code: REFUSED, message } },
  });
  const challenge = (status: keyof typeof OUTCOMES, error: string | null): Refusal => {
    const parameters = [
      ...(error === null ? [] : [`error="${error}"`, `error_description="${message}"`]),
      // Without an issuer there is no metadata: clients would not find it.
      access.issuers.length === 0
        ? `realm="${access.route}"`
        : `resource_metadata="${new URL(metadataPath(resource), resource)}"`,
      ...(scopes.length === 0 ? [] : [`scope="${scopes.join(' ')}"`]),
    ];
    return answer(status, { 'www-authenticate': `Bearer ${parameters.join(', ')}` });
  };
  switch (reason) {
    case 'no_credential':
      return challenge(401, null);
    case 'several_credentials':
    case 'token_in_query':
      return challenge(400, 'invalid_request');
    case 'scope':
      return challenge(403, 'insufficient_scope');
    // Another token would not help.
    case 'foreign_origin':
      return answer(403, {});
    case 'issuer_unavailable':
      return answer(503, { 'retry-after': RETRY_AFTER });
    default:
      return challenge(401, 'invalid_token');
  }
}
