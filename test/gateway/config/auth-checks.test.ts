import { describe, expect, it } from 'vitest';
import { GatewayConfigError } from '../../../src/gateway/config/config-error.js';
import { parseGatewayConfig } from '../../../src/gateway/config/load-config.js';

/** Paths and messages of what is wrong. */
function problemsOf(fields: object): string[] {
  const routes = { docs: { upstreams: [{ url: 'http://127.0.0.1:9000/mcp' }] } };
  try {
    parseGatewayConfig(JSON.stringify({ version: 1, routes, ...fields }), 'gateway.yaml', {});
    return [];
  } catch (error) {
    if (!(error instanceof GatewayConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const main = { issuer: 'https://login.example.com' };
const key = { id: 'ci', hash: `sha256:${'0'.repeat(64)}` };
const route = (auth: object) => ({ docs: { auth, upstreams: [{ url: 'http://127.0.0.1:9000/mcp' }] } });

describe('authentication in a configuration', () => {
  it('may be an issuer, keys, or both', () => {
    expect(problemsOf({ auth: { providers: { main } } })).toEqual([]);
    expect(problemsOf({ auth: { api_keys: [key] } })).toEqual([]);
    expect(
      problemsOf({ auth: { providers: { main }, api_keys: [key] }, routes: route({ scopes: ['docs:read'] }) }),
    ).toEqual([]);
  });

  it.each([
    ['an issuer without TLS', { providers: { main: { issuer: 'http://login.example.com' } } }, 'expected https://'],
    [
      'an HMAC algorithm',
      { providers: { main: { ...main, algorithms: ['HS256'] } } },
      'auth.providers.main.algorithms[0]',
    ],
    [
      'the same issuer twice',
      { providers: { main, also: { ...main, subject_prefix: 'x' } } },
      'is already the issuer of main',
    ],
    [
      'two issuers with the same subjects',
      { providers: { main, also: { issuer: 'https://b.example.com' } } },
      'overlaps with that of main',
    ],
    [
      'a prefix that is the beginning of another',
      {
        providers: {
          main: { ...main, subject_prefix: 'a' },
          also: { issuer: 'https://b.example.com', subject_prefix: 'ab' },
        },
      },
      'overlaps with that of main',
    ],
    ['two keys of one name', { api_keys: [key, key] }, 'auth.api_keys[1].id: is used twice'],
    ['a key in place of its hash', { api_keys: [{ id: 'ci', hash: 'ctk_abc' }] }, 'gateway key'],
    ['nobody', {}, 'no client could use it'],
    ['a scope with a quote', { providers: { main }, scope_implies: { admin: ['a"b'] } }, 'expected a scope'],
  ])('may not be %s', (_what, auth, message) => {
    expect(problemsOf({ auth }).join('\n')).toContain(message);
  });

  it('needs the address of the gateway, without a path, if it does not listen on loopback', () => {
    const auth = { api_keys: [key] };
    expect(problemsOf({ auth, listen: { host: '0.0.0.0' } })).toEqual([
      'auth: needs public_url: tokens are for the address that clients use',
    ]);
    expect(problemsOf({ auth, public_url: 'https://mcp.example.com/x' }).join()).toContain('expected no path');
  });

  it('sends tokens to only one issuer for introspection', () => {
    const introspection = { client_id: 'a', client_secret: 'b' };
    const providers = {
      main: { ...main, subject_prefix: 'a', introspection },
      also: { issuer: 'https://b.example.com', subject_prefix: 'b', introspection },
    };
    expect(problemsOf({ auth: { providers } }).join()).toContain('use one of main, also');
    expect(problemsOf({ auth: { providers }, routes: route({ providers: ['also'] }) })).toEqual([]);
  });

  it('gives a server neither a token with a space nor a secret over plain HTTP', () => {
    const upstream = (credentials: object) => ({
      auth: { api_keys: [key] },
      routes: { docs: { upstreams: [{ url: 'http://127.0.0.1:9000/mcp', credentials }] } },
    });
    expect(problemsOf(upstream({ bearer: 'a b' }))).not.toEqual([]);
    const client = { token_endpoint: 'http://login.example.com/token', client_id: 'a', client_secret: 'b' };
    expect(problemsOf(upstream({ exchange: client }))).not.toEqual([]);
    expect(
      problemsOf(upstream({ exchange: { ...client, token_endpoint: 'https://login.example.com/token' } })),
    ).toEqual([]);
  });
});
