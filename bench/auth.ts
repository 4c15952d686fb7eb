/**
 * The cost of authentication for a request to the gateway: the check of a token by a cached key, and all of it, up to the
 * identity and the scopes of a tool. Clients send the same token for its lifetime, so both are shown.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAuth, makeApiKey } from '../src/gateway/auth/index.js';
import { parseGatewayConfig } from '../src/gateway/config/load-config.js';
import { createSharedState } from '../src/gateway/shared/shared-state.js';
import { median, percentile } from './numbers.js';

export interface AuthOptions {
  /** Of each kind of credential. */
  requests: number;
}

/** Milliseconds of one request. */
export interface AuthCase {
  name: string;
  cpu: number;
  p50: number;
  p99: number;
}

export interface AuthBench {
  cases: AuthCase[];
}

const ALGORITHMS = ['RS256', 'RS512', 'ES256', 'ES384', 'EdDSA'] as const;
const TARGET_CHECK_MS = 1;
const TARGET_P99_MS = 5;
const PUBLIC_URL = 'https://mcp.example.com';
const WARM_UP = 50;

export async function measureAuth({ requests }: AuthOptions): Promise<AuthBench> {
  const keys = await Promise.all(ALGORITHMS.map(async (alg) => ({ alg, ...(await generateKeyPair(alg)) })));
  const jwks = await Promise.all(
    keys.map(async ({ alg, publicKey }) => ({ ...(await exportJWK(publicKey)), alg, kid: alg })),
  );
  const server = createServer(({ url: path = '' }, response) => {
    const body = path === '/jwks' ? { keys: jwks } : { issuer, jwks_uri: `${issuer}/jwks` };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { key, hash } = makeApiKey();
  const yaml = `version: 1
public_url: ${PUBLIC_URL}
auth: { providers: { main: { issuer: "${issuer}" } }, api_keys: [{ id: ci, hash: "${hash}", scopes: [docs:read] }] }
routes:
  docs: { auth: { scopes: [docs:read], tools: { "delete*": [docs:write] } }, upstreams: [{ url: "${issuer}" }] }
`;
  const config = parseGatewayConfig(yaml, 'bench.yaml', {});
  const state = createSharedState(null);
  const auth = createAuth(config, { publicUrl: PUBLIC_URL, folder: '.', state, report: () => {}, onRevoked: () => {} });

  async function authenticate(token: string): Promise<void> {
    const request = {
      id: null,
      route: 'docs',
      url: '/mcp/docs',
      headers: { authorization: [`Bearer ${token}`] },
      ip: '',
    };
    const result = await auth.authenticate(request);
    if (!('identity' in result) || auth.scopesMissing(request, result.identity, ['read']) !== null) {
      throw new Error('the credential was refused');
    }
  }

  const cases: AuthCase[] = [];
  try {
    for (const { alg, privateKey } of keys) {
      const tokens: string[] = [];
      for (let made = 0; made < WARM_UP + requests; made++) {
        const claims = { scope: 'docs:read', email: 'alice@example.com', groups: ['a', 'b', 'c'], jti: String(made) };
        const token = new SignJWT(claims)
          .setProtectedHeader({ alg, kid: alg, typ: 'at+jwt' })
          .setIssuer(issuer)
          .setSubject('alice')
          .setAudience(`${PUBLIC_URL}/mcp/docs`)
          .setIssuedAt()
          .setExpirationTime('1h');
        tokens.push(await token.sign(privateKey));
      }
      cases.push(await measureCase(`${alg}, a new token`, requests, (index) => authenticate(tokens[index] ?? '')));
      const [token = ''] = tokens;
      cases.push(await measureCase(`${alg}, the same again`, requests, () => authenticate(token)));
    }
    cases.push(await measureCase('API key', requests, () => authenticate(key)));
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return { cases };
}

async function measureCase(name: string, requests: number, act: (index: number) => Promise<void>): Promise<AuthCase> {
  for (let done = 0; done < WARM_UP; done++) await act(requests + done);
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let done = 0; done < requests; done++) {
    const start = performance.now();
    await act(done);
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    name,
    cpu: (user + system) / 1_000 / requests,
    p50: median(times) ?? Number.NaN,
    p99: percentile(times, 0.99) ?? Number.NaN,
  };
}

export function describeAuth({ cases }: AuthBench): string {
  const cell = (value: number) => value.toFixed(3).padStart(10);
  const verdict = (isMet: boolean, text: string) => `${isMet ? 'met   ' : 'MISSED'}  ${text}`;
  return [
    'auth: milliseconds for a request to the gateway, keys cached',
    `${''.padEnd(24)}${['CPU', 'p50', 'p99'].map((each) => each.padStart(10)).join('')}`,
    ...cases.map(({ name, cpu, p50, p99 }) => name.padEnd(24) + [cpu, p50, p99].map(cell).join('')),
    '',
    ...cases.flatMap(({ name, cpu, p99 }) => [
      verdict(cpu < TARGET_CHECK_MS, `${name}: check under ${TARGET_CHECK_MS} ms (${cpu.toFixed(3)} ms of CPU)`),
      verdict(p99 < TARGET_P99_MS, `${name}: p99 under ${TARGET_P99_MS} ms (${p99.toFixed(3)} ms)`),
    ]),
  ].join('\n');
}
