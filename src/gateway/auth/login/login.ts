import { randomBytes } from 'node:crypto';
import {
  AuthorizationResponseError,
  type AuthorizationServer,
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  getValidatedIdTokenClaims,
  type IDToken,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  revocationRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import type { JsonRecord } from '../../../base/json.js';
import type { AuthProvider, LoginConfig } from '../../config/auth-schema.js';
import type { SharedState } from '../../shared/shared-state.js';
import { cookiesNamed } from '../credential.js';
import { type Fetch, IssuerError } from '../issuer/bounded-fetch.js';
import { type Issuer, isAddress } from '../issuer/issuer.js';
import { oauthClient } from '../issuer/oauth-client.js';
import type { RouteAccess } from '../route-access.js';
import { singleFlight } from '../single-flight.js';
import { hashToken } from '../token-hash.js';
import { identityOf, scopesOf } from '../tokens/claims.js';
import type { LoginReason } from '../types.js';
import { clearCookie, setCookie, stateCookieName } from './cookies.js';
import { returnAddress } from './return-address.js';
import type { Sealer } from './seal.js';
import type { LoginSession } from './session.js';

/** A step of a login that failed. The message is the code. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  readonly reason: LoginReason;

  constructor(reason: LoginReason) {
    super(reason);
    this.reason = reason;
  }
}

export interface Login {
  /** @throws LoginError, IssuerError */
  begin(access: RouteAccess, returnTo: string | null): Promise<{ location: string; cookie: string }>;
  /**
   * Handles the answer of the issuer. The state cannot be used again, even if a later step fails.
   *
   * @throws LoginError, IssuerError
   */
  finish(query: URLSearchParams, headers: NodeJS.Dict<string[]>): Promise<FinishedLogin>;
  /** @throws LoginError, IssuerError */
  refresh(access: RouteAccess, session: LoginSession): Promise<LoginSession>;
  /** Revokes the refresh token at the issuer. Logging out does not depend on it. */
  revoke(session: LoginSession): Promise<void>;
}

export interface FinishedLogin {
  route: string;
  returnTo: string | null;
  session: LoginSession;
}

/** A login that was begun. The browser keeps it, sealed, until `finish`. */
interface PendingLogin {
  state: string;
  nonce: string;
  verifier: string;
  route: string;
  scopes: readonly string[];
  returnTo: string | null;
  expiresAt: number;
}

/** Time for a person to log in. */
const PENDING_MS = 600_000;
const DEFAULT_LIFETIME_S = 3_600;
const STATE_PURPOSE = 'state';
/** Claims that protect the login itself, and are not needed afterwards. */
const LOGIN_CLAIMS = new Set(['nonce', 'at_hash', 'c_hash', 's_hash', 'iat', 'nbf', 'exp', 'jti', 'sid', 'aud', 'azp']);

interface LoginParts {
  config: LoginConfig;
  provider: AuthProvider;
  issuer: Issuer;
  publicUrl: string;
  sealer: Sealer;
  state: SharedState;
  fetch: Fetch;
}

/** The code flow of OAuth 2.1 with PKCE S256, state, nonce and the issuer's name in the answer (RFC 9207). */
export function createLogin(parts: LoginParts): Login {
  const { config, provider, issuer, publicUrl, sealer, state: shared, fetch } = parts;
  const { client, auth, optionsFor } = oauthClient(config, fetch);
  const redirectUri = `${publicUrl}/auth/callback`;
  const options = optionsFor(issuer.url);
  const onceRefreshed = singleFlight<LoginSession>();
  /** Other than access tokens for the gateway, ID tokens are for the client. */
  const idTokenRules = {
    issuer: issuer.url,
    audience: config.client_id,
    algorithms: provider.algorithms,
    clockTolerance: provider.clock_tolerance / 1_000,
  };

  async function server(): Promise<AuthorizationServer> {
    const metadata = await issuer.metadata();
    const { authorization_endpoint, token_endpoint, code_challenge_methods_supported: methods } = metadata;
    // Without it, an issuer may ignore PKCE: MCP has clients refuse to go on.
    if (!Array.isArray(methods) || !methods.includes('S256')) throw new IssuerError('not_supported');
    for (const endpoint of [authorization_endpoint, token_endpoint]) {
      if (endpoint === undefined || !isAddress(endpoint, issuer.url)) throw new IssuerError('not_supported');
    }
    return metadata;
  }

  async function begin(access: RouteAccess, path: string | null): Promise<{ location: string; cookie: string }> {
    const returnTo = path === null ? null : returnAddress(path, publicUrl);
    if (path !== null && returnTo === null) throw new LoginError('return_address');
    const { authorization_endpoint = '' } = await server();
    const [state, nonce, verifier] = [generateRandomState(), generateRandomNonce(), generateRandomCodeVerifier()];
    const scopes = [...new Set(['openid', ...config.scopes, ...access.scopes])];
    const location = new URL(authorization_endpoint);
    const parameters = {
      response_type: 'code',
      client_id: config.client_id,
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(config.resource ? { resource: access.resource } : {}),
      // OpenID Connect: without it, `offline_access` is ignored.
      ...(config.scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
    };
    for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
    const pending: PendingLogin = {
      ...{ state, nonce, verifier, scopes, returnTo },
      route: access.route,
      expiresAt: Date.now() + PENDING_MS,
    };
    const sealed = sealer.seal({ ...pending }, STATE_PURPOSE);
    return { location: location.href, cookie: setCookie(stateCookieName(state), sealed, PENDING_MS / 1_000) };
  }

  async function finish(query: URLSearchParams, headers: NodeJS.Dict<string[]>): Promise<FinishedLogin> {
    const pending = await takePending(query, headers);
    const metadata = await server();
    try {
      const answer = ownAnswer(metadata, query, pending.state);
      const response = await authorizationCodeGrantRequest(
        metadata,
        client,
        auth,
        answer,
        redirectUri,
        pending.verifier,
        {
          ...options,
          ...(config.resource
            ? { additionalParameters: { resource: `${publicUrl}/mcp/${pending.route}` } }
            : undefined),
        },
      );
      const tokens = await processAuthorizationCodeResponse(metadata, client, response, {
        expectedNonce: pending.nonce,
        requireIdToken: true,
      });
      return { route: pending.route, returnTo: pending.returnTo, session: await newSession(tokens, pending.scopes) };
    } catch (error) {
      throw loginErrorOf(error);
    }
  }

  /** RFC 9207: the answer of another issuer is not read. */
  function ownAnswer(metadata: AuthorizationServer, query: URLSearchParams, state: string): URLSearchParams {
    try {
      return validateAuthResponse(metadata, client, query, state);
    } catch (error) {
      if (error instanceof AuthorizationResponseError) throw error;
      throw new LoginError('foreign_answer');
    }
  }

  /** The login that this browser began with this state. */
  async function takePending(query: URLSearchParams, headers: NodeJS.Dict<string[]>): Promise<PendingLogin> {
    const [state, ...more] = query.getAll('state');
    if (state === undefined || more.length > 0) throw new LoginError('state');
    const [sealed, ...others] = cookiesNamed(headers, stateCookieName(state));
    const pending = sealed === undefined ? null : (sealer.open(sealed, STATE_PURPOSE) as PendingLogin | null);
    if (pending === null || others.length > 0) throw new LoginError('state');
    if (pending.state !== state || pending.expiresAt <= Date.now()) throw new LoginError('state');
    if (!(await shared.useOnce(`state:${hashToken(state)}`, PENDING_MS))) throw new LoginError('state');
    return pending;
  }

  async function newSession(tokens: TokenEndpointResponse, scopes: readonly string[]): Promise<LoginSession> {
    const claims = getValidatedIdTokenClaims(tokens);
    if (tokens.id_token === undefined || claims === undefined) throw new LoginError('login_failed');
    // TLS protects it as well (OpenID Connect Core 3.1.3.7), but not from a proxy that decrypts it.
    await issuer.keys.verify(tokens.id_token, idTokenRules);
    const kept = Object.fromEntries(Object.entries(claims).filter(([name]) => !LOGIN_CLAIMS.has(name)));
    return withTokens(tokens, {
      id: randomBytes(16).toString('base64url'),
      issuer: issuer.url,
      subject: subjectOf(claims),
      scopes,
      claims: kept as JsonRecord,
      expiresAt: 0,
      endsAt: Date.now() + config.max_age,
      refreshToken: null,
      accessToken: null,
    });
  }

  function subjectOf(claims: IDToken): string {
    const rules = {
      audiences: [config.client_id],
      subjectClaim: provider.subject_claim,
      subjectPrefix: provider.subject_prefix,
      scopeClaim: null,
    };
    return identityOf(claims, 'login', rules).subject;
  }

  function withTokens(tokens: TokenEndpointResponse, session: LoginSession): LoginSession {
    if (tokens.token_type !== 'bearer') throw new LoginError('login_failed');
    const expiresAt = Date.now() + (tokens.expires_in ?? DEFAULT_LIFETIME_S) * 1_000;
    return {
      ...session,
      // RFC 6749 section 5.1: without it, the scopes are those that were requested.
      scopes: tokens.scope === undefined ? session.scopes : scopesOf(tokens.scope),
      expiresAt: Math.min(expiresAt, session.endsAt),
      refreshToken: tokens.refresh_token ?? session.refreshToken,
      accessToken: tokens.access_token,
    };
  }

  async function refresh(access: RouteAccess, session: LoginSession): Promise<LoginSession> {
    const { refreshToken } = session;
    if (refreshToken === null || session.issuer !== issuer.url) throw new LoginError('no_session');
    // Two tabs may ask at once: a token that is used twice ends the login at most issuers.
    return await onceRefreshed(hashToken(refreshToken), async () => {
      const metadata = await server();
      try {
        const response = await refreshTokenGrantRequest(metadata, client, auth, refreshToken, {
          ...options,
          ...(config.resource ? { additionalParameters: { resource: access.resource } } : undefined),
        });
        const tokens = await processRefreshTokenResponse(metadata, client, response);
        const claims = getValidatedIdTokenClaims(tokens);
        if (tokens.id_token !== undefined) await issuer.keys.verify(tokens.id_token, idTokenRules);
        if (claims !== undefined && subjectOf(claims) !== session.subject) throw new LoginError('login_failed');
        return withTokens(tokens, session);
      } catch (error) {
        throw loginErrorOf(error);
      }
    });
  }

  async function revoke({ refreshToken, issuer: givenBy }: LoginSession): Promise<void> {
    if (refreshToken === null || givenBy !== issuer.url) return;
    try {
      const metadata = await server();
      const endpoint = metadata.revocation_endpoint;
      if (endpoint === undefined || !isAddress(endpoint, issuer.url)) return;
      await revocationRequest(metadata, client, auth, refreshToken, options);
    } catch {
      // The session has ended here, as the client wanted.
    }
  }

  return { begin, finish, refresh, revoke };
}

/** Leaves out the texts of the issuer, which come from the browser. */
function loginErrorOf(error: unknown): LoginError | IssuerError {
  if (error instanceof LoginError || error instanceof IssuerError) return error;
  const refused =
    error instanceof AuthorizationResponseError || (error instanceof ResponseBodyError && error.status < 500);
  return new LoginError(refused ? 'login_refused' : 'login_failed');
}

/** Removes the cookie of a login in progress from the browser. */
export function forgetPending(query: URLSearchParams): string[] {
  const state = query.get('state');
  return state === null ? [] : [clearCookie(stateCookieName(state))];
}
