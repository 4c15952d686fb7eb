import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { listenOnLoopback } from '../../../support/loopback.js';

export interface SigningKey {
  alg: string;
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

const made = new Map<string, Promise<SigningKey>>();

/** The key of one owner: made once, since an RSA key takes a second. */
export function signingKey(owner: string, alg: string, kid: string): Promise<SigningKey> {
  const name = `${owner} ${alg} ${kid}`;
  const key = made.get(name) ?? makeKey(alg, kid);
  made.set(name, key);
  return key;
}

async function makeKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An authorization server whose answers a test can change. It has a key for RS256 and one for ES256. */
export interface TestIssuer {
  url: string;
  rsa: SigningKey;
  ec: SigningKey;
  /** Paths that were asked for. */
  requests: string[];
  /** The answer of `/jwks`. */
  jwks: { keys: unknown };
  metadata: Record<string, unknown>;
  /** Answers of paths, in place of its own. */
  handlers: Map<string, Handler>;
  /** A valid token, except for the given claims (undefined: left out) and header. */
  token(
    claims?: Record<string, unknown>,
    options?: { key?: SigningKey; header?: Partial<JWTHeaderParameters> },
  ): Promise<string>;
}

/**
 * @param owner of its keys
 * @param audience of its tokens; read when one is made, since the gateway's address is known later
 * @param onEnd gets what closes the server
 */
export async function startIssuer(
  owner: string,
  audience: () => string,
  onEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<TestIssuer> {
  const [rsa, ec] = await Promise.all([signingKey(owner, 'RS256', 'rsa-1'), signingKey(owner, 'ES256', 'ec-1')]);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    issuer.requests.push(path);
    const handler = issuer.handlers.get(path);
    if (handler !== undefined) handler(request, response);
    else if (path === '/.well-known/oauth-authorization-server') sendJson(response, issuer.metadata);
    else if (path === '/jwks') sendJson(response, issuer.jwks);
    else response.writeHead(404).end();
  });
  const { url, close } = await listenOnLoopback(server);
  onEnd(close);
  const issuer: TestIssuer = {
    ...{ url, rsa, ec },
    requests: [],
    jwks: { keys: [rsa.jwk, ec.jwk] },
    metadata: {
      issuer: url,
      jwks_uri: `${url}/jwks`,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      introspection_endpoint: `${url}/introspect`,
      code_challenge_methods_supported: ['S256'],
    },
    handlers: new Map(),
    async token(claims = {}, { key = rsa, header = {} } = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const all = {
        ...{ iss: url, sub: 'alice', aud: audience(), iat: now, exp: now + 300, scope: 'docs:read' },
        ...claims,
      };
      const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return await new SignJWT(given)
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
        .sign(key.privateKey);
    },
  };
  return issuer;
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
