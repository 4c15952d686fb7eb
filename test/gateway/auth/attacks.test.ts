import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, exportPKCS8, exportSPKI } from 'jose';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeApiKey } from '../../../src/gateway/auth/index.js';
import { listenOnLoopback } from '../../support/loopback.js';
import { type GuardedServer, rawRequest, startGuarded } from './support/guarded-server.js';
import { sendJson, signingKey, startIssuer, type TestIssuer } from './support/test-issuer.js';

/** A gateway with two routes of two issuers, and what an attacker may have. */
interface Field {
  gateway: GuardedServer;
  issuer: TestIssuer;
  /** Accepted on the route `other` only. */
  otherIssuer: TestIssuer;
  /** Of an attacker: it counts who asks. */
  trap: { url: string; requests: string[] };
  keys: { docs: string; expired: string };
}

interface Attack {
  name: string;
  /** Lines of headers, or the token of one Authorization header. */
  send(field: Field): Promise<string | string[]>;
  path?: string | ((token: string) => string);
  /** It changes the issuer before the gateway has asked it, so it needs a gateway of its own. */
  isAlone?: boolean;
  status?: number;
  /** `error` of the challenge; null without one. */
  error?: string | null;
  reason: string;
}

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** The same token with another header or payload; the signature is that of the old ones. */
function changed(token: string, header: Record<string, unknown>, payload: Record<string, unknown> = {}): string {
  const [head = '', body = '', signature = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return `${b64({ ...read(head), ...header })}.${b64({ ...read(body), ...payload })}.${signature}`;
}

function hmac(token: string, alg: 'HS256' | 'HS384' | 'HS512', secret: string | Buffer): string {
  const [head, body] = changed(token, { alg }).split('.');
  const signature = createHmac(`sha${alg.slice(2)}`, secret)
    .update(`${head}.${body}`)
    .digest('base64url');
  return `${head}.${body}.${signature}`;
}

const seconds = (offset: number) => Math.floor(Date.now() / 1_000) + offset;

const unsigned = (alg: string): Attack => ({
  name: `alg ${alg}, without signature`,
  send: async ({ issuer }) => changed(await issuer.token(), { alg }).replace(/[^.]*$/, ''),
  reason: 'algorithm',
});

const claim = (name: string, claims: (field: Field) => Record<string, unknown>, reason: string): Attack => ({
  name,
  send: async (field) => await field.issuer.token(claims(field)),
  reason,
});

const header = (name: string, given: (field: Field) => Record<string, unknown>, reason: string): Attack => ({
  name,
  // Signed by the attacker: what the header says would have to be believed.
  send: async (field) => {
    const own = await signingKey('attacker', 'RS256', 'rsa-1');
    return await field.issuer.token({}, { key: own, header: given(field) });
  },
  reason,
});

const ATTACKS: Attack[] = [
  ...['none', 'None', 'NONE', 'nOnE', ''].map(unsigned),
  {
    name: 'alg none, with the signature of a good token',
    send: async ({ issuer }) => changed(await issuer.token(), { alg: 'none' }),
    reason: 'algorithm',
  },
  {
    name: 'HMAC with the public key in PEM as its secret',
    send: async ({ issuer }) => hmac(await issuer.token(), 'HS256', await exportSPKI(issuer.rsa.publicKey)),
    reason: 'algorithm',
  },
  {
    name: 'HMAC with the JWK as its secret',
    send: async ({ issuer }) => hmac(await issuer.token(), 'HS512', JSON.stringify(issuer.rsa.jwk)),
    reason: 'algorithm',
  },
  {
    name: 'HMAC with a secret that the key set holds',
    async send({ issuer }) {
      const secret = randomBytes(32);
      issuer.jwks = { keys: [{ kty: 'oct', k: secret.toString('base64url'), kid: 'rsa-1', alg: 'HS256' }] };
      return hmac(await issuer.token(), 'HS256', secret);
    },
    isAlone: true,
    reason: 'algorithm',
  },
  {
    name: 'a signature of another key with the same kid',
    send: async ({ issuer }) => issuer.token({}, { key: await signingKey('attacker', 'RS256', 'rsa-1') }),
    reason: 'signature',
  },
  {
    name: 'a payload that was changed',
    send: async ({ issuer }) => changed(await issuer.token(), {}, { scope: 'admin' }),
    reason: 'signature',
  },
  {
    name: 'no signature',
    send: async ({ issuer }) => (await issuer.token()).replace(/[^.]*$/, ''),
    reason: 'signature',
  },
  {
    name: 'an ECDSA signature of zeros (CVE-2022-21449)',
    send: async ({ issuer }) =>
      (await issuer.token({}, { key: issuer.ec })).replace(/[^.]*$/, Buffer.alloc(64).toString('base64url')),
    reason: 'signature',
  },
  {
    name: 'the algorithm of another kind of key',
    send: async ({ issuer }) => changed(await issuer.token(), { alg: 'ES256' }),
    reason: 'unknown_key',
  },
  {
    name: 'another padding than the configuration allows',
    send: async ({ issuer }) => issuer.token({}, { key: await signingKey('attacker', 'PS256', 'rsa-1') }),
    reason: 'algorithm',
  },
  claim('aud of another route', ({ gateway }) => ({ aud: `${gateway.url}/mcp/other` }), 'audience'),
  claim('aud of another server', () => ({ aud: 'https://api.example.com' }), 'audience'),
  claim('aud that begins as ours', ({ gateway }) => ({ aud: `${gateway.url}/mcp/docs.example.com` }), 'audience'),
  claim('aud in capitals', ({ gateway }) => ({ aud: `${gateway.url}/mcp/docs`.toUpperCase() }), 'audience'),
  claim('no aud', () => ({ aud: undefined }), 'claims'),
  claim('aud that is an object', ({ gateway }) => ({ aud: { [`${gateway.url}/mcp/docs`]: true } }), 'audience'),
  claim('the audience of a client: an ID token', () => ({ aud: 'gateway-client', nonce: 'n' }), 'audience'),
  claim('an unknown iss', ({ trap }) => ({ iss: trap.url }), 'unknown_issuer'),
  claim('iss with a slash more', ({ issuer }) => ({ iss: `${issuer.url}/` }), 'unknown_issuer'),
  claim('no iss', () => ({ iss: undefined }), 'malformed'),
  claim('iss as a list', ({ issuer }) => ({ iss: [issuer.url] }), 'malformed'),
  {
    name: 'a token of an issuer that only another route accepts',
    send: async ({ otherIssuer, gateway }) => otherIssuer.token({ aud: `${gateway.url}/mcp/docs` }),
    reason: 'unknown_issuer',
  },
  {
    name: 'the name of one issuer, signed by the key of another',
    send: async ({ issuer, otherIssuer }) => issuer.token({}, { key: otherIssuer.rsa }),
    reason: 'signature',
  },
  claim('expired', () => ({ exp: seconds(-60), iat: seconds(-120) }), 'expired'),
  claim('no exp', () => ({ exp: undefined }), 'claims'),
  claim('exp as text', () => ({ exp: '9999999999' }), 'claims'),
  claim('nbf in the future', () => ({ nbf: seconds(120) }), 'not_yet_valid'),
  claim('iat in the future', () => ({ iat: seconds(120) }), 'not_yet_valid'),
  claim('no iat', () => ({ iat: undefined }), 'claims'),
  claim('older than the configuration allows', () => ({ iat: seconds(-7_200), exp: seconds(300) }), 'expired'),
  claim('no sub', () => ({ sub: undefined }), 'claims'),
  claim('an empty sub', () => ({ sub: '' }), 'claims'),
  claim('sub with a line end', () => ({ sub: 'alice\n{"type":"auth","outcome":"accepted"}' }), 'claims'),
  claim('sub that is a number', () => ({ sub: 7 }), 'claims'),
  claim('sub that is, after the prefix, an API key', () => ({ sub: 'ey:docs' }), 'claims'),
  claim('very long sub', () => ({ sub: 'a'.repeat(2_000) }), 'claims'),
  claim('bound to a key of the client (DPoP), used as a bearer token', () => ({ cnf: { jkt: 'x' } }), 'bound_token'),
  header('kid that is a path', () => ({ kid: '../../../../../../dev/null' }), 'unknown_key'),
  header('kid with SQL', () => ({ kid: "x' UNION SELECT 'secret' -- " }), 'unknown_key'),
  header('kid with a command', () => ({ kid: '|/usr/bin/touch /tmp/owned' }), 'unknown_key'),
  header('very long kid', () => ({ kid: 'k'.repeat(4_000) }), 'unknown_key'),
  header('kid __proto__', () => ({ kid: '__proto__' }), 'unknown_key'),
  header('kid constructor', () => ({ kid: 'constructor' }), 'unknown_key'),
  header('kid that is an address', ({ trap }) => ({ kid: `${trap.url}/jwks` }), 'unknown_key'),
  {
    name: 'kid that is an object',
    send: async ({ issuer }) => changed(await issuer.token(), { kid: { $ne: null } }),
    reason: 'unknown_key',
  },
  header('jku of the attacker', ({ trap }) => ({ jku: `${trap.url}/jwks` }), 'signature'),
  header('x5u of the attacker', ({ trap }) => ({ x5u: `${trap.url}/cert` }), 'signature'),
  {
    name: 'a jwk in its header',
    async send({ issuer }) {
      const own = await signingKey('attacker', 'RS256', 'rsa-1');
      return await issuer.token({}, { key: own, header: { jwk: await exportJWK(own.publicKey) } });
    },
    reason: 'signature',
  },
  {
    name: 'a certificate in its header',
    async send({ issuer }) {
      const own = await signingKey('attacker', 'RS256', 'rsa-1');
      const der = (await exportSPKI(own.publicKey)).replace(/-----[^-]+-----|\s/g, '');
      return await issuer.token({}, { key: own, header: { x5c: [der] } });
    },
    reason: 'signature',
  },
  {
    name: 'crit with an extension that we do not know',
    send: async ({ issuer }) => changed(await issuer.token(), { crit: ['exp2'], exp2: 1 }),
    reason: 'malformed',
  },
  {
    name: 'crit b64, with a payload that is not encoded',
    send: async ({ issuer }) => changed(await issuer.token(), { crit: ['b64'], b64: false }),
    reason: 'signature',
  },
  {
    name: 'a nested JWT',
    send: async ({ issuer }) => issuer.token({}, { header: { cty: 'JWT' } }),
    reason: 'type',
  },
  {
    name: 'an encrypted JWT',
    send: async () => `${b64({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.${b64('k')}.${b64('i')}.${b64('t')}.${b64('g')}`,
    reason: 'malformed',
  },
  {
    name: 'typ of a logout token',
    send: async ({ issuer }) => issuer.token({}, { header: { typ: 'logout+jwt' } }),
    reason: 'type',
  },
  {
    name: 'typ of a DPoP proof',
    send: async ({ issuer }) => issuer.token({}, { header: { typ: 'dpop+jwt' } }),
    reason: 'type',
  },
  {
    name: 'larger than a token may be',
    send: async ({ issuer }) => issuer.token({ groups: 'g'.repeat(7_000) }),
    reason: 'too_large',
  },
  {
    name: 'a header of ten thousand brackets',
    send: async () => `${b64('['.repeat(3_000))}.${b64({})}.${b64('s')}`,
    reason: 'malformed',
  },
  { name: 'text that is not a token', send: async () => 'dGhpcyBpcyBubyB0b2tlbg', reason: 'malformed' },
  {
    name: 'a token in the address, without a header',
    send: async () => [],
    path: (token) => `/mcp/docs?access_token=${token}`,
    status: 400,
    error: 'invalid_request',
    reason: 'token_in_query',
  },
  {
    name: 'a token in the address, in capitals and beside a good one',
    send: async ({ issuer }) => issuer.token(),
    path: (token) => `/mcp/docs?x=1&Access_Token=${token}`,
    status: 400,
    error: 'invalid_request',
    reason: 'token_in_query',
  },
  {
    name: 'two Authorization headers, the first good',
    async send({ issuer }) {
      const good = await issuer.token();
      return [`Authorization: Bearer ${good}`, `Authorization: Bearer ${await issuer.token({ sub: 'bob' })}`];
    },
    status: 400,
    error: 'invalid_request',
    reason: 'several_credentials',
  },
  {
    name: 'two tokens in one Authorization header',
    async send({ issuer }) {
      return [`Authorization: Bearer ${await issuer.token()}, Bearer ${await issuer.token()}`];
    },
    status: 400,
    error: 'invalid_request',
    reason: 'several_credentials',
  },
  {
    name: 'a token and an API key',
    send: async ({ issuer, keys }) => [`Authorization: Bearer ${await issuer.token()}`, `X-Api-Key: ${keys.docs}`],
    status: 400,
    error: 'invalid_request',
    reason: 'several_credentials',
  },
  { name: 'another scheme', send: async () => ['Authorization: Basic YWxpY2U6c2VjcmV0'], reason: 'malformed' },
  { name: 'a scheme without a token', send: async () => ['Authorization: Bearer '], reason: 'malformed' },
  {
    name: 'a token with a tab and a second word',
    send: async ({ issuer }) => [`Authorization: Bearer ${await issuer.token()}\tx`],
    reason: 'malformed',
  },
  { name: 'no credential', send: async () => [], error: null, reason: 'no_credential' },
  { name: 'an API key that nobody has', send: async () => makeApiKey().key, reason: 'unknown_key' },
  { name: 'an API key that has expired', send: async ({ keys }) => [`X-Api-Key: ${keys.expired}`], reason: 'expired' },
  {
    name: 'the hash of an API key',
    send: async () => ['X-Api-Key: sha256:0000000000000000000000000000000000000000000000000000000000000000'],
    reason: 'unknown_key',
  },
  {
    name: 'an API key on a route that accepts none',
    send: async ({ keys }) => keys.docs,
    path: '/mcp/other',
    reason: 'unknown_key',
  },
  {
    name: 'a good token without the scope of the route',
    send: async ({ issuer }) => issuer.token({ scope: 'docs:reader docs' }),
    status: 403,
    error: 'insufficient_scope',
    reason: 'scope',
  },
];

type OnEnd = (close: () => Promise<void>) => void;

async function prepare(onEnd: OnEnd = onTestFinished): Promise<Field> {
  const keys = { docs: makeApiKey(), expired: makeApiKey() };
  const requests: string[] = [];
  const trapServer = createServer((request, response) => {
    requests.push(request.url ?? '');
    sendJson(response, { keys: [] });
  });
  const { url, close } = await listenOnLoopback(trapServer);
  onEnd(close);
  const trap = { url, requests };
  let gatewayUrl = '';
  const [issuer, otherIssuer] = (await Promise.all(
    ['docs', 'other'].map((route) => startIssuer(route, () => `${gatewayUrl}/mcp/${route}`, onEnd)),
  )) as [TestIssuer, TestIssuer];
  const gateway = await startGuarded(
    () => `
auth:
  providers:
    main: { issuer: "${issuer.url}", subject_prefix: "k", max_token_age: 1h }
    second: { issuer: "${otherIssuer.url}", subject_prefix: "b:" }
  api_keys:
    - { id: docs, hash: "${keys.docs.hash}", scopes: [docs:read] }
    - { id: old, hash: "${keys.expired.hash}", expires: "2020-01-01" }
routes:
  docs:
    auth: { providers: [main], scopes: [docs:read] }
    upstreams: [{ url: "http://127.0.0.1:9/mcp" }]
  other:
    auth: { providers: [second], api_keys: false }
    upstreams: [{ url: "http://127.0.0.1:9/mcp" }]
`,
    onEnd,
  );
  gatewayUrl = gateway.url;
  return { gateway, issuer, otherIssuer, trap, keys: { docs: keys.docs.key, expired: keys.expired.key } };
}

describe('an attack on tokens', () => {
  let shared: Field;
  beforeAll(async () => {
    const closers: (() => Promise<void>)[] = [];
    shared = await prepare((close) => closers.push(close));
    return async () => void (await Promise.all(closers.map((close) => close())));
  });

  it.each(ATTACKS)(
    'is refused: $name',
    async ({ send, path = '/mcp/docs', isAlone = false, status = 401, error = 'invalid_token', reason }) => {
      const field = isAlone ? await prepare() : shared;
      const { gateway, issuer, trap } = field;
      gateway.facts.length = 0;
      const sent = await send(field);
      const lines = typeof sent === 'string' ? [`Authorization: Bearer ${sent}`] : sent;
      const good = await issuer.token();
      const target = typeof path === 'string' ? path : path(good);
      const answer = await rawRequest(gateway.url, { path: target, headers: lines });

      expect(answer.status).toBe(status);
      expect(gateway.admitted).toBe(0);
      const challenge = answer.headers.get('www-authenticate') ?? '';
      expect(/error="(\w+)"/.exec(challenge)?.[1] ?? null).toBe(error);
      const [route] = /\w+(?=\?|$)/.exec(target) ?? [];
      expect(challenge).toMatch(/^Bearer /);
      expect(challenge).toContain(
        `resource_metadata="${gateway.url}/.well-known/oauth-protected-resource/mcp/${route}"`,
      );
      expect(gateway.facts.map((fact) => 'reason' in fact && fact.reason)).toEqual(
        reason === 'scope' ? [null, 'scope'] : [reason],
      );
      // No part of a credential is in what is written: signatures, payloads, keys.
      const written = JSON.stringify([gateway.facts, answer.body, [...answer.headers]]);
      const secrets = [...lines, target].flatMap((line) => line.split(/[\s.,=?&]+/)).filter((part) => part.length > 20);
      for (const secret of secrets) expect(written).not.toContain(secret);
      expect(trap.requests).toEqual([]);
    },
  );

  it('has a counterpart that is let in', async () => {
    const { gateway, issuer, keys } = await prepare();
    for (const header of [`Authorization: bearer ${await issuer.token()}`, `X-Api-Key: ${keys.docs}`]) {
      expect((await rawRequest(gateway.url, { path: '/mcp/docs', headers: [header] })).status).toBe(200);
    }
    expect(gateway.facts.map((fact) => fact.type === 'auth' && fact.subject)).toEqual(['kalice', 'key:docs']);
  });
});

describe('a token that was revoked', () => {
  const bearer = (token: string) => [`Authorization: Bearer ${token}`];
  const ask = (gateway: GuardedServer, token: string) =>
    rawRequest(gateway.url, { path: '/mcp/docs', headers: bearer(token) });
  const revoke = (gateway: GuardedServer, token: string) =>
    rawRequest(gateway.url, { path: '/auth/logout?route=docs', headers: bearer(token) });
  const refusals = ({ facts }: GuardedServer) =>
    facts.flatMap((fact) => (fact.type === 'auth' && fact.outcome === 'refused' ? fact.reason : []));

  it.each(['rsa', 'ec'] as const)('is refused with its signature in another spelling, too: %s', async (name) => {
    const { gateway, issuer } = await prepare();
    const token = await issuer.token({}, { key: issuer[name] });
    const same = (each: string) => Buffer.from(each.split('.')[2] ?? '', 'base64url').toString('hex');
    const spelled = spellings(token);
    expect(new Set(spelled.map(same))).toEqual(new Set([same(token)]));
    expect((await ask(gateway, spelled[0] ?? '')).status).toBe(200);
    expect((await revoke(gateway, token)).status).toBe(204);
    for (const each of [token, ...spelled]) expect((await ask(gateway, each)).status).toBe(401);
    expect(refusals(gateway)).toEqual(['revoked', ...spelled.map(() => 'revoked')]);
    expect((await ask(gateway, await issuer.token({ jti: 'another' }))).status).toBe(200);
  });

  it('is refused with the other ECDSA signature', async () => {
    const { gateway, issuer } = await prepare();
    const token = await issuer.token({}, { key: issuer.ec });
    const other = withOtherSignature(token);
    expect((await ask(gateway, other)).status).toBe(200);
    expect((await revoke(gateway, token)).status).toBe(204);
    expect((await ask(gateway, other)).status).toBe(401);
    expect(refusals(gateway)).toEqual(['revoked']);
  });

  it('is refused for as long as the tolerance of clocks accepts it', async () => {
    const { gateway, issuer } = await prepare();
    const token = await issuer.token({ iat: seconds(-60), exp: seconds(-5) });
    expect((await ask(gateway, token)).status).toBe(200);
    expect((await revoke(gateway, token)).status).toBe(204);
    await new Promise((wake) => setTimeout(wake, 20));
    expect((await ask(gateway, token)).status).toBe(401);
    expect(refusals(gateway)).toEqual(['revoked']);
  });
});

/** The same bytes of a signature: the last character of base64url has bits that do not count. */
function spellings(token: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) ?? '');
  return [1, 2, 3].map((bits) => token.slice(0, -1) + alphabet[last ^ bits]);
}

/** Of P-256: (r, n - s) is as good as (r, s). */
function withOtherSignature(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [head, body, signature = ''] = token.split('.');
  const hex = Buffer.from(signature, 'base64url').toString('hex');
  const s = (order - BigInt(`0x${hex.slice(64)}`)).toString(16).padStart(64, '0');
  return `${head}.${body}.${Buffer.from(hex.slice(0, 64) + s, 'hex').toString('base64url')}`;
}

interface KeysAttack {
  name: string;
  change(issuer: TestIssuer): void;
}

const KEY_SETS: KeysAttack[] = [
  {
    name: 'are 300 KB',
    change: (issuer) => {
      issuer.jwks = { keys: [issuer.rsa.jwk, { kty: 'RSA', n: 'n'.repeat(300_000) }] };
    },
  },
  {
    name: 'never end',
    change: (issuer) =>
      issuer.handlers.set('/jwks', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '.repeat(64 * 1024)), 1);
        response.on('close', () => clearInterval(timer));
      }),
  },
  {
    name: 'are a redirect',
    change: (issuer) => {
      issuer.handlers.set('/jwks', (_request, response) => response.writeHead(302, { location: '/real' }).end());
      issuer.handlers.set('/real', (_request, response) => sendJson(response, issuer.jwks));
    },
  },
  {
    name: 'are HTML',
    change: (issuer) =>
      issuer.handlers.set('/jwks', (_request, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(issuer.jwks)),
      ),
  },
  {
    name: 'are an error',
    change: (issuer) => issuer.handlers.set('/jwks', (_request, response) => sendJson(response, issuer.jwks, 500)),
  },
  {
    name: 'are no list',
    change: (issuer) => {
      issuer.jwks = { keys: { '0': issuer.rsa.jwk } };
    },
  },
  {
    name: 'are a list of texts',
    change: (issuer) => {
      issuer.jwks = { keys: ['rsa-1'] };
    },
  },
  {
    name: 'are more than a hundred',
    change: (issuer) => {
      issuer.jwks = { keys: Array.from({ length: 101 }, () => issuer.rsa.jwk) };
    },
  },
  {
    name: 'break off',
    change: (issuer) =>
      issuer.handlers.set('/jwks', (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"keys":[');
        setTimeout(() => response.destroy(), 20);
      }),
  },
  {
    name: 'are at an address that is not a web address',
    change: (issuer) => {
      issuer.metadata.jwks_uri = 'file:///etc/passwd';
    },
  },
  {
    name: 'belong to metadata of another issuer',
    change: (issuer) => {
      issuer.metadata.issuer = 'https://login.example.com';
    },
  },
];

describe('a token whose issuer', () => {
  it.each(KEY_SETS)('has keys that $name is refused for now, and may be sent again', async ({ change }) => {
    const { gateway, issuer } = await prepare();
    change(issuer);
    const headers = [`Authorization: Bearer ${await issuer.token()}`];
    const answer = await rawRequest(gateway.url, { path: '/mcp/docs', headers });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    // A challenge would make clients drop a token that may be good.
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(gateway.facts).toMatchObject([{ type: 'auth', outcome: 'refused', reason: 'issuer_unavailable' }]);
    // The issuer is not asked again for each request.
    const asked = issuer.requests.length;
    await rawRequest(gateway.url, { path: '/mcp/docs', headers });
    expect(issuer.requests.length).toBe(asked);
    expect(issuer.requests).not.toContain('/real');
  });

  it('publishes a private key by mistake is not checked with that key', async () => {
    const { gateway, issuer } = await prepare();
    expect(await exportPKCS8(issuer.rsa.privateKey)).toContain('PRIVATE KEY');
    issuer.jwks = { keys: [{ ...(await exportJWK(issuer.rsa.privateKey)), kid: 'rsa-1', alg: 'RS256' }] };
    const headers = [`Authorization: Bearer ${await issuer.token()}`];
    expect((await rawRequest(gateway.url, { path: '/mcp/docs', headers })).status).toBe(401);
  });
});
