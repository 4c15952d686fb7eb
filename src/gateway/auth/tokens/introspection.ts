import { introspectionRequest, processIntrospectionResponse } from 'oauth4webapi';
import { isRecord, type JsonRecord } from '../../../base/json.js';
import type { IntrospectionConfig } from '../../config/auth-schema.js';
import { ExpiringMap } from '../../expiring-map.js';
import { AuthError } from '../auth-error.js';
import { type Fetch, IssuerError } from '../issuer/bounded-fetch.js';
import { type Issuer, isAddress } from '../issuer/issuer.js';
import { oauthClient } from '../issuer/oauth-client.js';
import { singleFlight } from '../single-flight.js';
import { hashToken } from '../token-hash.js';

/** Asks the issuer about a token. @throws AuthError; IssuerError without an answer */
type Introspect = (token: string) => Promise<JsonRecord>;

const MAX_CACHED = 10_000;

/**
 * RFC 7662. Answers are kept by the hash of the token for `cache`, at most 10,000 of them. Those about inactive tokens are kept apart, so
 * that guessed tokens do not push out good ones.
 */
export function createIntrospection(
  config: IntrospectionConfig,
  issuer: Issuer,
  clockToleranceMs: number,
  fetch: Fetch,
): Introspect {
  const { client, auth, optionsFor } = oauthClient(config, fetch);
  const active = new ExpiringMap<JsonRecord>(MAX_CACHED);
  const inactive = new ExpiringMap<true>(MAX_CACHED);
  const clockTolerance = clockToleranceMs / 1_000;
  const once = singleFlight<JsonRecord | null>();

  async function ask(token: string): Promise<JsonRecord | null> {
    const endpoint = config.endpoint ?? (await issuer.metadata()).introspection_endpoint;
    if (endpoint === undefined || !isAddress(endpoint, issuer.url)) throw new IssuerError('not_supported');
    const server = { issuer: issuer.url, introspection_endpoint: endpoint };
    try {
      const response = await introspectionRequest(server, client, auth, token, optionsFor(endpoint));
      const claims: unknown = await processIntrospectionResponse(server, client, response);
      if (!isRecord(claims) || claims.active !== true) return null;
      // RFC 9068 section 2.2: a client that acts for itself is the subject. Introspection often leaves it out.
      return claims.sub === undefined ? { ...claims, sub: claims.client_id } : claims;
    } catch (error) {
      throw error instanceof IssuerError ? error : new IssuerError('refused');
    }
  }

  return async (token) => {
    const hash = hashToken(token);
    if (inactive.get(hash)) throw new AuthError('inactive');
    const kept = active.get(hash);
    if (kept !== undefined) return check(kept);
    const claims = await once(hash, () => ask(token));
    const until = Date.now() + config.cache;
    if (claims === null) {
      inactive.set(hash, true, until);
      active.delete(hash);
      throw new AuthError('inactive');
    }
    active.set(hash, claims, until);
    return check(claims);
  };

  /** Kept answers are checked as well: the token may have expired since. */
  function check(claims: JsonRecord): JsonRecord {
    const now = Date.now() / 1_000;
    const { exp, nbf, iss, token_type: type } = claims;
    if (iss !== undefined && iss !== issuer.url) throw new AuthError('issuer');
    if (exp !== undefined && !(typeof exp === 'number' && exp + clockTolerance > now)) throw new AuthError('expired');
    if (nbf !== undefined && !(typeof nbf === 'number' && nbf - clockTolerance <= now))
      throw new AuthError('not_yet_valid');
    if (type !== undefined && !(typeof type === 'string' && /^(bearer|access_token)$/i.test(type))) {
      throw new AuthError('type');
    }
    return claims;
  }
}
