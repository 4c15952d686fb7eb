import {
  type AuthorizationServer,
  clientCredentialsGrantRequest,
  genericTokenEndpointRequest,
  processClientCredentialsResponse,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { basicAuthorization } from '../../../base/credentials.js';
import type { Credentials, TokenClientConfig } from '../../config/auth-schema.js';
import { ExpiringMap } from '../../expiring-map.js';
import { CredentialsError } from '../credentials-error.js';
import type { Fetch } from '../issuer/bounded-fetch.js';
import { oauthClient } from '../issuer/oauth-client.js';
import { singleFlight } from '../single-flight.js';
import { hashToken } from '../token-hash.js';

/** The client for which a request is made, as token exchange needs it. */
export interface OnBehalfOf {
  token: string | null;
  /** Unix milliseconds. */
  expiresAt: number | null;
}

/** Credentials of one upstream. */
export interface UpstreamCredentials {
  /**
   * @param client null for the gateway itself, such as for a check; a token exchange then adds no header
   * @throws CredentialsError
   */
  headers(client: OnBehalfOf | null): Promise<Headers>;
  /** Forgets the token that was kept for this client. */
  refused(client: OnBehalfOf | null): void;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const MAX_TOKENS = 10_000;
const DEFAULT_LIFETIME_S = 300;
/** A token is not used in its last seconds: it would expire on the way. */
const MARGIN_MS = 30_000;
const ONE_FOR_ALL = '';

export function createUpstreamCredentials(config: Credentials, fetch: Fetch): UpstreamCredentials {
  if ('bearer' in config) return fixed(`Bearer ${config.bearer}`);
  if ('basic' in config) {
    const { user: username, password } = config.basic;
    return fixed(basicAuthorization({ username, password }));
  }
  const exchanges = 'exchange' in config;
  const request = tokenRequest(exchanges ? config.exchange : config.client_credentials, fetch);
  const tokens = new ExpiringMap<string>(MAX_TOKENS);
  const once = singleFlight<string>();

  return {
    async headers(client) {
      if (exchanges && client === null) return new Headers();
      if (exchanges && client?.token === null) throw new CredentialsError('no_subject_token');
      const key = keyOf(client);
      const token = tokens.get(key) ?? (await once(key, () => load(key, client)));
      return new Headers({ authorization: `Bearer ${token}` });
    },
    refused: (client) => tokens.delete(keyOf(client)),
  };

  /** Keyed by the token, not the subject: a token with fewer scopes must not get what one with more was given. */
  function keyOf(client: OnBehalfOf | null): string {
    return exchanges ? hashToken(client?.token ?? '') : ONE_FOR_ALL;
  }

  async function load(key: string, client: OnBehalfOf | null): Promise<string> {
    const { access_token: token, expires_in: lifetime = DEFAULT_LIFETIME_S } = await request(
      exchanges && client !== null ? client.token : null,
    );
    const ends = (exchanges ? client?.expiresAt : null) ?? Number.POSITIVE_INFINITY;
    tokens.set(key, token, Math.min(Date.now() + lifetime * 1_000 - MARGIN_MS, ends));
    return token;
  }
}

function fixed(authorization: string): UpstreamCredentials {
  return { headers: async () => new Headers({ authorization }), refused: () => {} };
}

function tokenRequest(config: TokenClientConfig, fetch: Fetch) {
  const { client, auth, optionsFor } = oauthClient(config, fetch);
  const { token_endpoint } = config;
  const server: AuthorizationServer = { issuer: new URL(token_endpoint).origin, token_endpoint };
  const options = optionsFor(token_endpoint);

  /** @param subjectToken null for a token of the gateway itself */
  return async (subjectToken: string | null): Promise<TokenEndpointResponse> => {
    const parameters = parametersOf(config);
    try {
      if (subjectToken === null) {
        const response = await clientCredentialsGrantRequest(server, client, auth, parameters, options);
        return bearer(await processClientCredentialsResponse(server, client, response));
      }
      parameters.set('subject_token', subjectToken);
      parameters.set('subject_token_type', ACCESS_TOKEN);
      parameters.set('requested_token_type', ACCESS_TOKEN);
      const response = await genericTokenEndpointRequest(server, client, auth, TOKEN_EXCHANGE, parameters, options);
      return bearer(await processGenericTokenEndpointResponse(server, client, response));
    } catch (error) {
      if (error instanceof CredentialsError) throw error;
      throw new CredentialsError(error instanceof ResponseBodyError && error.status < 500 ? 'refused' : 'unavailable');
    }
  };
}

function parametersOf({ scope, resource, audience }: TokenClientConfig): URLSearchParams {
  const parameters = new URLSearchParams();
  if (scope !== undefined) parameters.set('scope', scope);
  if (resource !== undefined) parameters.set('resource', resource);
  if (audience !== undefined) parameters.set('audience', audience);
  return parameters;
}

function bearer(response: TokenEndpointResponse): TokenEndpointResponse {
  // It goes into a header.
  if (response.token_type !== 'bearer' || !/^[\x21-\x7e]+$/.test(response.access_token)) {
    throw new CredentialsError('unavailable');
  }
  return response;
}
