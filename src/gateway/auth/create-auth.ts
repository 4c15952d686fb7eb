import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeError } from '../../base/error-text.js';
import { UsageError } from '../../base/errors.js';
import type { JsonRecord } from '../../base/json.js';
import type { AuthProvider } from '../config/auth-schema.js';
import type { GatewayConfig } from '../config/schema.js';
import type { GatewayFact, Report } from '../facts.js';
import type { Identity } from '../request.js';
import type { SharedState } from '../shared/shared-state.js';
import { AuthError, type AuthReason } from './auth-error.js';
import { refuse } from './challenge.js';
import { type Credential, credentialOf } from './credential.js';
import { createEndpoints } from './endpoints.js';
import { boundedFetch, type Fetch, fetchTrusting, IssuerError } from './issuer/bounded-fetch.js';
import { createIssuer, type Issuer } from './issuer/issuer.js';
import { createLogin } from './login/login.js';
import { isSameOrigin } from './login/same-origin.js';
import { createSealer } from './login/seal.js';
import { openSession, sessionIdentity } from './login/session.js';
import { type RouteAccess, resourceAt, routeAccess } from './route-access.js';
import { hasScopes, scopesFor } from './scopes.js';
import { hashToken } from './token-hash.js';
import { checkApiKey, isApiKey } from './tokens/api-keys.js';
import { identityOf } from './tokens/claims.js';
import { createIntrospection } from './tokens/introspection.js';
import { createJwtVerifier, isJwt, revocableOf, unverifiedIssuer } from './tokens/jwt.js';
import type { Auth, AuthRequest } from './types.js';
import { createUpstreamCredentials, type OnBehalfOf, type UpstreamCredentials } from './upstream/credentials.js';

export interface AuthDeps {
  /** Address of the gateway as clients write it, such as `https://mcp.example.com`. */
  publicUrl: string;
  /** Relative paths in the configuration begin here. */
  folder: string;
  state: SharedState;
  report: Report;
  /** A token or login of a subject was revoked here. */
  onRevoked(subject: string): void;
}

/** How long a revoked token without an expiry is remembered. */
const REVOKED_MS = 24 * 3_600_000;
/** The largest `clock_tolerance`: a token is accepted for at most this time after its expiry. */
const MAX_TOLERANCE_MS = 300_000;

/** Tokens of requests in progress, apart from the objects that other code reads. Requests go on during a reload, and keep theirs. */
const tokens = new WeakMap<Identity, OnBehalfOf>();

/** A provider of the configuration, and how its tokens are checked. */
interface Checker {
  config: AuthProvider;
  issuer: Issuer;
  by: 'jwt' | 'introspection';
  /** The claims of a valid token, for any audience. @throws AuthError, IssuerError */
  claimsOf(token: string): Promise<JsonRecord>;
  fetch: Fetch;
}

/**
 * Authentication of the gateway: an OAuth 2.1 resource server, API keys, and logins of browsers.
 *
 * @throws UsageError if a file with authorities cannot be read
 */
export function createAuth(config: Pick<GatewayConfig, 'auth' | 'routes' | 'keys'>, deps: AuthDeps): Auth {
  const { state, report } = deps;
  const { origin: publicUrl } = new URL(deps.publicUrl);
  const isOnly = config.routes.length === 1;
  const routes = new Map(
    config.routes.map((route) => [route.name, routeAccess(route, config.auth, publicUrl, isOnly)]),
  );
  const checkers = new Map(
    Object.entries(config.auth?.providers ?? {}).map(([name, provider]) => [name, checkerOf(provider, deps.folder)]),
  );
  const browser = browserLogin();
  const credentials = upstreamCredentials(config);

  async function authenticate(request: AuthRequest): ReturnType<Auth['authenticate']> {
    const access = routes.get(request.route);
    if (access === undefined) throw new RangeError('unknown route');
    if (access === null) return { identity: null };
    let method: Identity['by'] | 'none' = 'none';
    try {
      const credential = credentialOf(request);
      if (credential === null) {
        if (!access.isRequired) return { identity: null };
        throw new AuthError('no_credential');
      }
      method = methodOf(credential);
      const identity = await identify(access, credential, request);
      const { by, subject } = identity;
      if (!request.isAgain) report(factOf(request, { outcome: 'accepted', reason: null, method: by, subject }));
      return { identity };
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === null) throw error;
      const fact = factOf(request, { outcome: 'refused', reason, method, subject: null });
      return { refusal: refuse(access, resourceAt(access, request.url), reason, fact) };
    }
  }

  async function identify(access: RouteAccess, credential: Credential, request: AuthRequest): Promise<Identity> {
    const { kind, text: token } = credential;
    if (kind === 'cookie') return await identifyBrowser(access, token, request);
    if (kind === 'api_key' || isApiKey(token)) return checkApiKey(token, access.apiKeys);
    if (await state.isRevoked(hashToken(revocableOf(token)))) throw new AuthError('revoked');
    const identity = await identifyToken(access, token);
    tokens.set(identity, { token, expiresAt: identity.expiresAt });
    return identity;
  }

  async function identifyToken(access: RouteAccess, token: string): Promise<Identity> {
    const checker = checkerFor(access, isJwt(token) ? unverifiedIssuer(token) : null);
    const { config: provider, by } = checker;
    return identityOf(await checker.claimsOf(token), by, {
      audiences: [...access.audiences, ...provider.audience],
      subjectClaim: provider.subject_claim,
      subjectPrefix: provider.subject_prefix,
      scopeClaim: provider.scope_claim ?? null,
    });
  }

  /** The provider of the issuer that a token names. A token that names no issuer can only be checked by introspection. */
  function checkerFor({ providers }: RouteAccess, issuer: string | null): Checker {
    for (const [name, checker] of checkers) {
      if (!providers.has(name)) continue;
      if (issuer === null ? checker.by === 'introspection' : checker.config.issuer === issuer) return checker;
    }
    throw new AuthError(issuer === null ? 'malformed' : 'unknown_issuer');
  }

  async function identifyBrowser(access: RouteAccess, sealed: string, { headers }: AuthRequest): Promise<Identity> {
    if (browser === null || !access.login) throw new AuthError('not_accepted');
    if (!isSameOrigin(headers, publicUrl)) throw new AuthError('foreign_origin');
    const session = openSession(browser.sealer, access.route, sealed);
    if (session === null) throw new AuthError('malformed');
    // The provider has been replaced by a change of the configuration.
    if (session.issuer !== browser.issuer) throw new AuthError('unknown_issuer');
    if (session.expiresAt <= Date.now()) throw new AuthError('expired');
    if (await state.isRevoked(session.id)) throw new AuthError('revoked');
    const identity = sessionIdentity(session);
    tokens.set(identity, { token: session.accessToken, expiresAt: session.expiresAt });
    return identity;
  }

  /** @returns false if there is no token, as with an API key */
  async function revokeToken(identity: Identity): Promise<boolean> {
    const token = tokens.get(identity)?.token ?? null;
    if (token === null) return false;
    const left = identity.expiresAt === null ? REVOKED_MS : identity.expiresAt - Date.now() + MAX_TOLERANCE_MS;
    await state.revoke(hashToken(revocableOf(token)), left);
    deps.onRevoked(identity.subject);
    return true;
  }

  function scopesMissing(
    request: Omit<AuthRequest, 'headers'>,
    identity: Identity | null,
    tools: readonly string[],
  ): ReturnType<Auth['scopesMissing']> {
    const access = routes.get(request.route);
    if (access === undefined || access === null) return null;
    const needed = scopesFor(tools, access.scopes, access.toolScopes);
    if (hasScopes(needed, identity?.scopes ?? [], config.auth?.scope_implies ?? {})) return null;
    const reason = identity === null ? 'no_credential' : 'scope';
    const whom = { method: identity?.by ?? ('none' as const), subject: identity?.subject ?? null };
    const fact = factOf(request, { outcome: 'refused', reason, ...whom });
    return refuse(access, resourceAt(access, request.url), reason, fact, needed);
  }

  function browserLogin() {
    const login = config.auth?.login;
    const checker = login === undefined ? undefined : checkers.get(login.provider);
    if (login === undefined || checker === undefined) return null;
    const sealer = createSealer(config.keys);
    const { config: provider, issuer, fetch } = checker;
    return {
      sealer,
      issuer: issuer.url,
      login: createLogin({ config: login, provider, issuer, publicUrl, sealer, state, fetch }),
    };
  }

  function onBehalfOf(identity: Identity | null): OnBehalfOf | null {
    return identity === null ? null : (tokens.get(identity) ?? { token: null, expiresAt: null });
  }

  return {
    isPublic: (route) => routes.get(route) === null,
    authenticate,
    scopesMissing,
    handle: createEndpoints({
      ...{ publicUrl, browser, state, authenticate, revokeToken, report, onRevoked: deps.onRevoked },
      routes: new Map([...routes].flatMap(([route, access]) => (access === null ? [] : [[route, access] as const]))),
    }),
    async upstreamHeaders(route, upstream, identity) {
      const own = credentials.get(`${route} ${upstream}`);
      return own === undefined ? [] : [...(await own.headers(onBehalfOf(identity)))];
    },
    upstreamRefused: (route, upstream, identity) =>
      credentials.get(`${route} ${upstream}`)?.refused(onBehalfOf(identity)),
  };
}

function checkerOf(config: AuthProvider, folder: string): Checker {
  const { issuer: url, jwks_uri: jwksUri, introspection, clock_tolerance } = config;
  const fetch = boundedFetch(
    config.ca === undefined ? globalThis.fetch : fetchTrusting(readAuthorities(resolve(folder, config.ca))),
  );
  const times = { keyMaxAgeMs: config.key_max_age, keyCooldownMs: config.key_cooldown };
  const issuer = createIssuer({ url, jwksUri, ...times }, fetch);
  const claimsOf =
    introspection === undefined
      ? createJwtVerifier(issuer.keys, {
          issuer: url,
          algorithms: config.algorithms,
          clockToleranceMs: clock_tolerance,
          maxAgeMs: config.max_token_age ?? null,
        })
      : createIntrospection(introspection, issuer, clock_tolerance, fetch);
  return { config, issuer, by: introspection === undefined ? 'jwt' : 'introspection', claimsOf, fetch };
}

/** @throws UsageError */
function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${describeError(error)}`);
  }
}

/** Credentials by route and upstream. */
function upstreamCredentials({ routes }: Pick<GatewayConfig, 'routes'>): Map<string, UpstreamCredentials> {
  const fetch = boundedFetch(globalThis.fetch);
  return new Map(
    routes.flatMap((route) =>
      route.upstreams.flatMap((upstream) =>
        'url' in upstream && upstream.credentials !== undefined
          ? [[`${route.name} ${upstream.name}`, createUpstreamCredentials(upstream.credentials, fetch)] as const]
          : [],
      ),
    ),
  );
}

function methodOf({ kind, text }: Credential): Identity['by'] | 'none' {
  if (kind === 'cookie') return 'login';
  return kind === 'api_key' || isApiKey(text) ? 'api_key' : 'none';
}

/** Null for a defect of ours. */
function reasonOf(error: unknown): AuthReason | null {
  if (error instanceof AuthError) return error.reason;
  return error instanceof IssuerError ? 'issuer_unavailable' : null;
}

type OfAuth = Extract<GatewayFact, { type: 'auth' }>;

function factOf(
  { id, route, ip }: Pick<AuthRequest, 'id' | 'route' | 'ip'>,
  of: Pick<OfAuth, 'outcome' | 'reason' | 'method' | 'subject'>,
): OfAuth {
  return { type: 'auth', at: Date.now(), request: id, route, ip, ...of };
}
