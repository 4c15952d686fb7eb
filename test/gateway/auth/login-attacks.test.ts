import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { Browser } from './support/browser.js';
import { type GuardedServer, startGuarded } from './support/guarded-server.js';
import { type SigningKey, sendJson, signingKey, startIssuer, type TestIssuer } from './support/test-issuer.js';

const CLIENT = { id: 'gateway', secret: 'the secret of the gateway, which nobody may see' };
const CODE = 'a-code-that-nobody-may-see';

interface Field {
  gateway: GuardedServer;
  issuer: TestIssuer;
  browser: Browser;
  /** Requests to the token endpoint. */
  asked: URLSearchParams[];
  /** Claims in the ID token, besides the nonce that was asked for. */
  idToken: { claims: Record<string, unknown>; key?: SigningKey };
  /** Begins a login. @returns the parameters that went to the issuer */
  begin(query?: string): Promise<URLSearchParams>;
  /** Parameters with which the issuer sends the browser back. */
  callback(parameters: Record<string, string>): Promise<Response>;
}

async function prepare(): Promise<Field> {
  const asked: URLSearchParams[] = [];
  const browser = new Browser();
  let nonce = '';
  const issuer = await startIssuer('docs', () => CLIENT.id);
  const gateway = await startGuarded(
    () => `
auth:
  providers: { main: { issuer: "${issuer.url}" } }
  login: { provider: main, client_id: ${CLIENT.id}, client_secret: "${CLIENT.secret}" }
routes:
  docs: { upstreams: [{ url: "http://127.0.0.1:9/mcp" }] }
  other: { auth: { login: false }, upstreams: [{ url: "http://127.0.0.1:9/mcp" }] }
`,
  );
  const field: Field = {
    ...{ gateway, issuer, browser, asked, idToken: { claims: {} } },
    async begin(query = 'route=docs') {
      const response = await browser.send(`${gateway.url}/auth/login?${query}`);
      const parameters = new URL(response.headers.get('location') ?? '').searchParams;
      nonce = parameters.get('nonce') ?? '';
      return parameters;
    },
    callback: (parameters) => browser.send(`${gateway.url}/auth/callback?${new URLSearchParams(parameters)}`),
  };
  issuer.handlers.set('/token', async (request: IncomingMessage, response: ServerResponse) => {
    asked.push(new URLSearchParams(await text(request)));
    const { claims, key } = field.idToken;
    const id_token = await issuer.token(
      { nonce, ...claims },
      { header: { typ: 'JWT' }, ...(key === undefined ? {} : { key }) },
    );
    sendJson(response, {
      access_token: 'an-access-token',
      token_type: 'Bearer',
      expires_in: 60,
      id_token,
      scope: 'openid',
    });
  });
  return field;
}

/** A login that somebody tampers with opens no session, and no secret of it is written. */
async function expectRefused(field: Field, response: Response, status: number, reason: string): Promise<void> {
  const body = await response.text();
  expect({ status: response.status, body }).toEqual({ status, body: expect.any(String) });
  expect(field.browser.cookies(field.gateway.url).has('__Host-ct-session-docs')).toBe(false);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(field.gateway.facts.at(-1)).toMatchObject({ type: 'auth', outcome: 'refused', reason });
  const written = JSON.stringify([field.gateway.facts, body]);
  for (const secret of [CODE, CLIENT.secret, 'an-access-token', '<script>']) expect(written).not.toContain(secret);
}

interface LoginAttack {
  name: string;
  act(field: Field): Promise<Response>;
  status: number;
  reason: string;
  /** The code was sent to the token endpoint. */
  asks?: boolean;
}

const good = async (field: Field, more: Record<string, string> = {}) => {
  const state = (await field.begin()).get('state') ?? '';
  return await field.callback({ code: CODE, state, iss: field.issuer.url, ...more });
};

const ATTACKS: LoginAttack[] = [
  {
    name: 'a state that was used before',
    async act(field) {
      const state = (await field.begin()).get('state') ?? '';
      const cookies = new Map(field.browser.cookies(field.gateway.url));
      await field.callback({ code: CODE, state });
      // The attacker has kept the cookie as well, and the person has logged out.
      field.browser.cookies(field.gateway.url).clear();
      for (const [name, value] of cookies) field.browser.cookies(field.gateway.url).set(name, value);
      field.asked.length = 0;
      return field.callback({ code: CODE, state });
    },
    status: 400,
    reason: 'state',
  },
  {
    name: 'a state that another browser began (login CSRF)',
    async act(field) {
      const state = (await field.begin()).get('state') ?? '';
      field.browser.cookies(field.gateway.url).clear();
      return field.callback({ code: CODE, state });
    },
    status: 400,
    reason: 'state',
  },
  { name: 'no state', act: (field) => field.callback({ code: CODE }), status: 400, reason: 'state' },
  {
    name: 'two states',
    async act(field) {
      const state = (await field.begin()).get('state') ?? '';
      return field.browser.send(`${field.gateway.url}/auth/callback?code=${CODE}&state=${state}&state=${state}`);
    },
    status: 400,
    reason: 'state',
  },
  {
    name: 'the sealed state of another login under the name of this one',
    async act(field) {
      const first = (await field.begin()).get('state') ?? '';
      const jar = field.browser.cookies(field.gateway.url);
      const [name = ''] = jar.keys();
      jar.clear();
      await field.begin();
      const [other = ''] = jar.values();
      jar.clear();
      jar.set(name, other);
      return field.callback({ code: CODE, state: first });
    },
    status: 400,
    reason: 'state',
  },
  {
    name: 'the answer of another issuer (mix-up)',
    act: (field) => good(field, { iss: 'https://login.evil.example' }),
    status: 400,
    reason: 'foreign_answer',
  },
  {
    name: 'the issuer with a slash more',
    act: (field) => good(field, { iss: `${field.issuer.url}/` }),
    status: 400,
    reason: 'foreign_answer',
  },
  {
    name: 'no issuer, though the metadata promise one',
    async act(field) {
      field.issuer.metadata.authorization_response_iss_parameter_supported = true;
      const state = (await field.begin()).get('state') ?? '';
      return field.callback({ code: CODE, state });
    },
    status: 400,
    reason: 'foreign_answer',
  },
  {
    name: 'an error with a text for the page',
    act: (field) => good(field, { error: 'access_denied', error_description: '<script>alert(1)</script>' }),
    status: 403,
    reason: 'login_refused',
  },
  {
    name: 'an ID token with another nonce',
    async act(field) {
      field.idToken.claims = { nonce: 'of another login' };
      return good(field);
    },
    status: 502,
    reason: 'login_failed',
    asks: true,
  },
  {
    name: 'an ID token without nonce',
    async act(field) {
      field.idToken.claims = { nonce: undefined };
      return good(field);
    },
    status: 502,
    reason: 'login_failed',
    asks: true,
  },
  {
    name: 'an ID token for another client',
    async act(field) {
      field.idToken.claims = { aud: 'another-client' };
      return good(field);
    },
    status: 502,
    reason: 'login_failed',
    asks: true,
  },
  {
    name: 'an ID token of another issuer',
    async act(field) {
      field.idToken.claims = { iss: 'https://login.evil.example' };
      return good(field);
    },
    status: 502,
    reason: 'login_failed',
    asks: true,
  },
  {
    name: 'an ID token that has expired',
    async act(field) {
      field.idToken.claims = { exp: 1, iat: 1 };
      return good(field);
    },
    status: 502,
    reason: 'login_failed',
    asks: true,
  },
  {
    name: 'an ID token that somebody else signed',
    async act(field) {
      field.idToken.key = await signingKey('attacker', 'RS256', 'rsa-1');
      return good(field);
    },
    status: 502,
    reason: 'login_failed',
    asks: true,
  },
  {
    name: 'an ID token for the subject of an API key',
    async act(field) {
      field.idToken.claims = { sub: 'key:docs' };
      return good(field);
    },
    status: 502,
    reason: 'login_failed',
    asks: true,
  },
];

describe('an attack on a login', () => {
  it.each(ATTACKS)('is refused: $name', async ({ act, status, reason, asks = false }) => {
    const field = await prepare();
    await expectRefused(field, await act(field), status, reason);
    expect(field.asked.length).toBe(asks ? 1 : 0);
  });

  it('has a counterpart that works: with PKCE S256, and the secret sent to the issuer only', async () => {
    const field = await prepare();
    const parameters = await field.begin('route=docs&return_to=/page%3Fx');
    expect(Object.fromEntries(parameters)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      resource: `${field.gateway.url}/mcp/docs`,
      redirect_uri: `${field.gateway.url}/auth/callback`,
    });
    const response = await field.callback({ code: CODE, state: parameters.get('state') ?? '' });
    expect(response.headers.get('location')).toBe(`${field.gateway.url}/page?x`);
    expect(field.asked[0]?.get('code_verifier')).toMatch(/^[\w-]{43,}$/);
    expect(field.gateway.facts.at(-1)).toMatchObject({ reason: 'logged_in', subject: 'alice' });
  });

  it.each([
    ['plain only', ['plain']],
    ['nothing', undefined],
  ])('cannot weaken PKCE: no login begins with an issuer that offers %s', async (_what, methods) => {
    const field = await prepare();
    field.issuer.metadata.code_challenge_methods_supported = methods;
    const response = await field.browser.send(`${field.gateway.url}/auth/login?route=docs`);
    await expectRefused(field, response, 502, 'issuer_unavailable');
    expect(response.headers.get('location')).toBeNull();
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    ' //evil.example',
    'evil.example',
    '/\r\nSet-Cookie: a=b',
    '//user@127.0.0.1/',
    'http:evil.example',
  ])('cannot redirect to %j', async (target) => {
    const field = await prepare();
    const query = `route=docs&return_to=${encodeURIComponent(target)}`;
    const response = await field.browser.send(`${field.gateway.url}/auth/login?${query}`);
    await expectRefused(field, response, 400, 'return_address');
  });

  it('cannot redirect by a path that looks like a host when dots are resolved', async () => {
    const field = await prepare();
    const state = (await field.begin('route=docs&return_to=/..//evil.example')).get('state') ?? '';
    const response = await field.callback({ code: CODE, state });
    expect(new URL(response.headers.get('location') ?? '').origin).toBe(field.gateway.url);
  });

  it('cannot begin for a route without logins, or one that does not exist', async () => {
    const { gateway } = await prepare();
    for (const route of ['other', 'none', '__proto__', '']) {
      expect((await fetch(`${gateway.url}/auth/login?route=${route}`, { redirect: 'manual' })).status).toBe(404);
    }
  });

  it('cannot use other methods', async () => {
    const { gateway } = await prepare();
    for (const [method, path] of [
      ['POST', '/auth/login'],
      ['GET', '/auth/logout'],
      ['GET', '/auth/refresh'],
      ['POST', '/auth/callback'],
      ['DELETE', '/.well-known/oauth-protected-resource'],
    ]) {
      const response = await fetch(`${gateway.url}${path}?route=docs`, { method: method ?? '' });
      expect(response.status).toBe(405);
    }
  });
});
