import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Report } from '../facts.js';
import type { Identity } from '../request.js';
import type { SharedState } from '../shared/shared-state.js';
import { metadataPath } from './challenge.js';
import { cookiesNamed } from './credential.js';
import { IssuerError } from './issuer/bounded-fetch.js';
import { clearCookie, sessionCookieName } from './login/cookies.js';
import { forgetPending, type Login, LoginError } from './login/login.js';
import { returnAddress } from './login/return-address.js';
import { isSameOrigin } from './login/same-origin.js';
import type { Sealer } from './login/seal.js';
import { type LoginSession, openSession, sessionCookie } from './login/session.js';
import { type ResourceMetadata, rootMetadata, routeMetadata } from './protected-resource.js';
import type { RouteAccess } from './route-access.js';
import type { Auth } from './types.js';

/** The parts of the gateway's authentication that the endpoints need. */
export interface EndpointParts {
  publicUrl: string;
  /** The routes that are not public. */
  routes: ReadonlyMap<string, RouteAccess>;
  /** Null if no login is configured. */
  browser: { login: Login; sealer: Sealer } | null;
  state: SharedState;
  authenticate: Auth['authenticate'];
  /** Revokes the token of an authenticated request. @returns false if it has none */
  revokeToken(identity: Identity): Promise<boolean>;
  report: Report;
  /** A login of a subject has ended. */
  onRevoked(subject: string): void;
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  cookies?: string[];
  /** A string is sent as text/plain. */
  body?: string | object;
}

interface EndpointRequest {
  query: URLSearchParams;
  headers: NodeJS.Dict<string[]>;
  url: string;
  ip: string;
}

type Endpoint = (request: EndpointRequest) => Promise<Answer>;

const NO_STORE = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
/** Any page may read where tokens are issued: clients in browsers do. */
const METADATA_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-allow-headers': 'mcp-protocol-version',
  'cache-control': 'max-age=300',
};
/** Longer than any request target with a code of an issuer. */
const MAX_URL = 8_192;

/** The paths that belong to authentication: RFC 9728 metadata, and logins of browsers. */
export function createEndpoints(parts: EndpointParts) {
  const endpoints = new Map<string, Readonly<Record<string, Endpoint>>>([
    ...(parts.browser === null ? [] : browserEndpoints(parts, parts.browser)),
    ['/auth/logout', { POST: (request) => logOut(parts, request) }],
    ...[...metadataDocuments(parts)].map(([path, document]) => [path, metadataEndpoint(document)] as const),
  ]);

  return async (request: IncomingMessage, response: ServerResponse, ip: string): Promise<boolean> => {
    const { method = 'GET', url = '/', headersDistinct: headers } = request;
    const start = url.indexOf('?');
    const endpoint = endpoints.get(start === -1 ? url : url.slice(0, start));
    if (endpoint === undefined) return false;
    const act = Object.hasOwn(endpoint, method) ? endpoint[method] : undefined;
    const query = new URLSearchParams(start === -1 ? '' : url.slice(start));
    const answer: Answer =
      act === undefined
        ? { status: 405, headers: { allow: Object.keys(endpoint).join(', ') }, body: 'Method not allowed.\n' }
        : url.length > MAX_URL
          ? { status: 414, body: 'The address is too long.\n' }
          : await act({ query, headers, url, ip });
    send(response, answer, method === 'HEAD');
    return true;
  };
}

function metadataDocuments({ routes, publicUrl }: EndpointParts): Map<string, ResourceMetadata> {
  const all = [...routes.values()].filter(({ issuers }) => issuers.length > 0);
  const documents = all.flatMap(routeMetadata);
  if (all.length > 0) documents.push(rootMetadata(publicUrl, all));
  return new Map(documents.map((document) => [metadataPath(document.resource), document]));
}

function metadataEndpoint(document: ResourceMetadata): Readonly<Record<string, Endpoint>> {
  const read: Endpoint = async () => ({ status: 200, headers: METADATA_HEADERS, body: document });
  return { GET: read, HEAD: read, OPTIONS: async () => ({ status: 204, headers: METADATA_HEADERS }) };
}

function browserEndpoints(
  parts: EndpointParts,
  { login, sealer }: NonNullable<EndpointParts['browser']>,
): [string, Readonly<Record<string, Endpoint>>][] {
  const { publicUrl, report } = parts;

  async function begin({ query, ip }: EndpointRequest): Promise<Answer> {
    const access = loginRoute(parts, query);
    if (access === null) return noSuchRoute();
    return await attempt(parts, access.route, ip, async () => {
      const { location, cookie } = await login.begin(access, query.get('return_to'));
      report(step(access.route, ip, 'login_started'));
      return { status: 303, headers: { location }, cookies: [cookie] };
    });
  }

  async function callback({ query, headers, ip }: EndpointRequest): Promise<Answer> {
    const answer = await attempt(parts, null, ip, async () => {
      const { route, returnTo, session } = await login.finish(query, headers);
      const cookie = sessionCookie(sealer, route, session);
      if (cookie === null) throw new LoginError('login_failed');
      report(step(route, ip, 'logged_in', session.subject));
      if (returnTo === null) return { status: 200, cookies: [cookie], body: 'You are logged in.\n' };
      return { status: 303, headers: { location: returnTo }, cookies: [cookie] };
    });
    return { ...answer, cookies: [...(answer.cookies ?? []), ...forgetPending(query)] };
  }

  async function refresh({ query, headers, ip }: EndpointRequest): Promise<Answer> {
    const access = loginRoute(parts, query);
    if (access === null) return noSuchRoute();
    if (!isSameOrigin(headers, publicUrl)) return foreign(parts, access.route, ip);
    const session = await liveSession(parts, sealer, access.route, headers);
    return await attempt(parts, access.route, ip, async () => {
      if (session === null) throw new LoginError('no_session');
      const renewed = await login.refresh(access, session);
      const cookie = sessionCookie(sealer, access.route, renewed);
      if (cookie === null) throw new LoginError('login_failed');
      report(step(access.route, ip, 'refreshed', renewed.subject));
      const expires = new Date(renewed.expiresAt).toISOString();
      return { status: 200, cookies: [cookie], body: { expires_at: expires, scope: renewed.scopes.join(' ') } };
    });
  }

  return [
    ['/auth/login', { GET: begin }],
    ['/auth/callback', { GET: callback }],
    ['/auth/refresh', { POST: refresh }],
  ];
}

/** Ends the session of a browser, or revokes the bearer token of the request at this gateway. */
async function logOut(parts: EndpointParts, { query, headers, url, ip }: EndpointRequest): Promise<Answer> {
  const { publicUrl, report, browser } = parts;
  const access = parts.routes.get(query.get('route') ?? '');
  if (access === undefined) return noSuchRoute();
  const { route } = access;
  if (headers.authorization !== undefined || headers['x-api-key'] !== undefined || browser === null) {
    const result = await parts.authenticate({ id: null, route, url, headers, ip });
    if ('refusal' in result) {
      const { status, headers: challenge, body, fact } = result.refusal;
      if (fact !== null) report(fact);
      return { status, headers: { ...challenge }, body };
    }
    if (result.identity === null) return { status: 400, body: 'Expected the bearer token that is to be revoked.\n' };
    if (!(await parts.revokeToken(result.identity))) {
      return { status: 400, body: 'An API key is revoked by removing it from the configuration.\n' };
    }
    report({ ...step(route, ip, 'revoked', result.identity.subject), method: result.identity.by });
    return { status: 204 };
  }
  if (!isSameOrigin(headers, publicUrl)) return foreign(parts, route, ip);
  const session = await liveSession(parts, browser.sealer, route, headers);
  if (session !== null) {
    await parts.state.revoke(session.id, session.endsAt - Date.now());
    parts.onRevoked(session.subject);
    await browser.login.revoke(session);
    report(step(route, ip, 'logged_out', session.subject));
  }
  const cookies = [clearCookie(sessionCookieName(route))];
  const location = returnAddress(query.get('return_to') ?? '', publicUrl);
  return location === null ? { status: 204, cookies } : { status: 303, headers: { location }, cookies };
}

/** The session of a browser that has not logged out. */
async function liveSession(
  { state }: EndpointParts,
  sealer: Sealer,
  route: string,
  headers: NodeJS.Dict<string[]>,
): Promise<LoginSession | null> {
  const [cookie, ...more] = cookiesNamed(headers, sessionCookieName(route));
  const session = cookie === undefined || more.length > 0 ? null : openSession(sealer, route, cookie);
  return session === null || (await state.isRevoked(session.id)) ? null : session;
}

function loginRoute({ routes }: EndpointParts, query: URLSearchParams): RouteAccess | null {
  const access = routes.get(query.get('route') ?? '');
  return access?.login ? access : null;
}

const REFUSALS = {
  state: {
    status: 400,
    body: 'This login was not started in this browser, has expired, or was already used. Please log in again.\n',
  },
  foreign_answer: { status: 400, body: 'The answer is from another authorization server.\n' },
  login_refused: { status: 403, body: 'The login was refused.\n' },
  login_failed: { status: 502, body: 'The login failed.\n' },
  return_address: { status: 400, body: 'return_to must be a path of this gateway.\n' },
  no_session: { status: 401, body: 'You are not logged in. Please log in.\n' },
} as const;

async function attempt(
  { report }: EndpointParts,
  route: string | null,
  ip: string,
  act: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    const reason = error instanceof LoginError ? error.reason : 'issuer_unavailable';
    report({ ...step(route, ip, reason), outcome: 'refused' });
    if (reason !== 'issuer_unavailable') return REFUSALS[reason];
    // A defect of ours is not a failure of the issuer.
    if (!(error instanceof IssuerError)) throw error;
    return { status: 502, body: 'The answer of the authorization server is not valid.\n' };
  }
}

function foreign({ report }: EndpointParts, route: string, ip: string): Answer {
  report({ ...step(route, ip, 'foreign_origin'), outcome: 'refused' });
  return { status: 403, body: 'The request comes from another site.\n' };
}

function noSuchRoute(): Answer {
  return { status: 404, body: 'No such route has a login. Expected ?route=<name>.\n' };
}

/** The fact of a step that succeeded. */
function step(route: string | null, ip: string, reason: string, subject: string | null = null) {
  return {
    ...{ type: 'auth' as const, at: Date.now(), request: null, route, ip, reason, subject },
    outcome: 'accepted' as const,
    method: 'login' as const,
  };
}

function send(response: ServerResponse, { status, headers = {}, cookies = [], body }: Answer, headOnly: boolean): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(status, {
    ...NO_STORE,
    ...headers,
    ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
  });
  response.end(headOnly ? undefined : text);
}
