import type { GatewayConfig } from '../config/schema.js';
import type { GatewayFact, Report } from '../facts.js';
import type { Identity } from '../request.js';
import type { SharedState } from '../shared/shared-state.js';
import { AuthError, type AuthReason } from './auth-error.js';
import { refuse } from './challenge.js';
import { type Credential, credentialOf } from './credential.js';
import { createEndpoints } from './endpoints.js';
import { IssuerError } from './issuer/bounded-fetch.js';
import { type Checker, type KeptParts, keptParts } from './kept-parts.js';
import { isSameOrigin } from './login/same-origin.js';
import { openSession, sessionIdentity } from './login/session.js';
import { type RouteAccess, resourceAt, routeAccess } from './route-access.js';
import { hasScopes, scopesFor } from './scopes.js';
import { hashToken } from './token-hash.js';
import { checkApiKey, isApiKey } from './tokens/api-keys.js';
import { identityOf } from './tokens/claims.js';
import { isJwt, revocableOf, unverifiedIssuer } from './tokens/jwt.js';
import type { Auth, AuthRequest } from './types.js';
import type { OnBehalfOf } from './upstream/credentials.js';

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

/** What the next configuration may keep of an earlier one. */
const partsOf = new WeakMap<Auth, KeptParts>();

/**
 * Authentication of the gateway: an OAuth 2.1 resource server, API keys, and logins of browsers.
 *
 * @param before that of the configuration before: parts whose settings have not changed are kept
 * @throws UsageError if a file with authorities cannot be read
 */
export function createAuth(
  config: Pick<GatewayConfig, 'auth' | 'routes' | 'keys'>,
  deps: AuthDeps,
  before: Auth | null = null,
): Auth {
  const { state, report, folder } = deps;
  const { origin: publicUrl } = new URL(deps.publicUrl);
  const isOnly = config.routes.length === 1;
  const routes = new Map(
    config.routes.map((route) => [route.name, routeAccess(route, config.auth, publicUrl, isOnly)]),
  );
  const parts = keptParts(config, { publicUrl, folder, state }, before === null ? undefined : partsOf.get(before));
  const browser = parts.browsers.get('login')?.part ?? null;

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
    for (const [name, { part: checker }] of parts.checkers) {
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

  function onBehalfOf(identity: Identity | null): OnBehalfOf | null {
    return identity === null ? null : (tokens.get(identity) ?? { token: null, expiresAt: null });
  }

  const auth: Auth = {
    isPublic: (route) => routes.get(route) === null,
    authenticate,
    scopesMissing,
    handle: createEndpoints({
      ...{ publicUrl, browser, state, authenticate, revokeToken, report, onRevoked: deps.onRevoked },
      routes: new Map([...routes].flatMap(([route, access]) => (access === null ? [] : [[route, access] as const]))),
    }),
    async upstreamHeaders(route, upstream, identity) {
      const own = parts.credentials.get(`${route} ${upstream}`)?.part;
      return own === undefined ? [] : [...(await own.headers(onBehalfOf(identity)))];
    },
    upstreamRefused: (route, upstream, identity) =>
      parts.credentials.get(`${route} ${upstream}`)?.part.refused(onBehalfOf(identity)),
  };
  partsOf.set(auth, parts);
  return auth;
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
