import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request as httpRequest, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeApiKey } from '../../../src/gateway/auth/index.js';
import { removeFolder } from '../../support/remove-folder.js';
import { MCP_HEADERS, post, scriptedUpstream } from '../support/raw-http.js';
import { runningGateway } from '../support/running-gateway.js';
import { sendJson, startIssuer } from './support/test-issuer.js';

const LISTEN = '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}';
const call = (name: string, id = 1) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } });

async function start(docs: object = {}, more: object = {}) {
  let audience = '';
  const issuer = await startIssuer('docs', () => audience);
  const key = makeApiKey();
  const upstream = await scriptedUpstream((response, { method, body }) => {
    if (method !== 'GET' && !body.includes('subscriptions/listen'))
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"jsonrpc":"2.0","id":1,"result":{}}');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n');
  });
  const running = await runningGateway({
    auth: {
      providers: { main: { issuer: issuer.url, clock_tolerance: '0s' } },
      api_keys: [{ id: 'ci', hash: key.hash, scopes: ['docs:admin'] }],
      scope_implies: { 'docs:admin': ['docs:write'], 'docs:write': ['docs:read'] },
    },
    routes: {
      docs: {
        auth: { scopes: ['docs:read'], tools: { 'delete*': ['docs:write'], '*_all': ['docs:admin'] }, ...docs },
        upstreams: [{ url: upstream.url }],
      },
      open: { auth: { required: false }, upstreams: [{ url: upstream.url }] },
    },
    ...more,
  });
  audience = running.url('docs');
  const send = (token: string | null, body: unknown = call('read'), route = 'docs') =>
    fetch(running.url(route), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  return { issuer, key: key.key, upstream, running, send };
}

describe('a gateway with authentication', () => {
  it('says what it expects of a logout without a credential, and of one with an API key', async () => {
    const { running, key } = await start();
    const logOut = async (headers: Record<string, string>) => {
      const answer = await fetch(`${running.gateway.url}/auth/logout?route=open`, { method: 'POST', headers });
      return [answer.status, await answer.text()];
    };
    expect(await logOut({})).toEqual([400, 'Expected the bearer token that is to be revoked.\n']);
    expect(await logOut({ 'x-api-key': key })).toEqual([
      400,
      'An API key is revoked by removing it from the configuration.\n',
    ]);
  });

  it('says where to get a token, for each route and for all of it, to pages of any origin', async () => {
    const { running, issuer } = await start();
    const { url } = running.gateway;
    const docs = await fetch(`${url}/.well-known/oauth-protected-resource/mcp/docs`, {
      headers: { origin: 'https://inspector.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(docs.headers.get('access-control-allow-origin')).toBe('*');
    expect(await docs.json()).toEqual({
      resource: `${url}/mcp/docs`,
      authorization_servers: [issuer.url],
      bearer_methods_supported: ['header'],
      scopes_supported: ['docs:read'],
    });
    const all = await fetch(`${url}/.well-known/oauth-protected-resource`);
    expect(await all.json()).toMatchObject({ resource: url, authorization_servers: [issuer.url] });
    const preflight = await fetch(`${url}/.well-known/oauth-protected-resource/mcp/docs`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'mcp-protocol-version',
    ]);
    for (const path of [
      '/.well-known/oauth-protected-resource/mcp/none',
      '/.well-known/openid-configuration',
      '/auth/login',
    ]) {
      expect((await fetch(url + path)).status).toBe(404);
    }
  });

  it('with one route has metadata and tokens for its short address, too', async () => {
    let audience = '';
    const issuer = await startIssuer('docs', () => audience);
    const upstream = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}');
    });
    const auth = { providers: { main: { issuer: issuer.url } } };
    const docs = { auth: { tools: { delete: ['docs:write'] } }, upstreams: [{ url: upstream.url }] };
    const { gateway, reload } = await runningGateway({ auth, routes: { docs } });
    const send = async (path: string, tool: string, token?: string) => {
      const response = await fetch(gateway.url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(call(tool)),
      });
      const metadata = /resource_metadata="([^"]+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1];
      return { status: response.status, metadata };
    };
    const metadata = (path: string) => `${gateway.url}/.well-known/oauth-protected-resource${path}`;
    for (const path of ['/mcp', '/mcp/docs']) {
      expect(await send(path, 'read')).toEqual({ status: 401, metadata: metadata(path) });
      expect(await (await fetch(metadata(path))).json()).toMatchObject({ resource: gateway.url + path });
      audience = gateway.url + path;
      const token = await issuer.token();
      expect(await send('/mcp', 'read', token)).toEqual({ status: 200 });
      expect(await send(path, 'delete', token)).toEqual({ status: 403, metadata: metadata(path) });
    }
    // With a second route, `/mcp` is no address, and a token for it opens none.
    audience = `${gateway.url}/mcp`;
    const token = await issuer.token();
    await reload({ auth, routes: { docs, notes: { upstreams: [{ url: upstream.url }] } } });
    expect((await send('/mcp/docs', 'read', token)).status).toBe(401);
    expect((await send('/mcp', 'read', token)).status).toBe(404);
    expect((await fetch(metadata('/mcp'))).status).toBe(404);
  });

  it('asks for all scopes of a call at once, and knows which scopes include others', async () => {
    const { send, issuer, key } = await start();
    const challenge = async (scope: string, ...tools: string[]) => {
      const response = await send(
        await issuer.token({ scope }),
        tools.map((tool, id) => call(tool, id)),
      );
      return [response.status, /scope="([^"]*)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1]];
    };
    expect(await challenge('', 'read')).toEqual([403, 'docs:read']);
    expect(await challenge('docs:read', 'read')).toEqual([200, undefined]);
    expect(await challenge('docs:read', 'read', 'delete_all')).toEqual([403, 'docs:read docs:write docs:admin']);
    expect(await challenge('docs:write', 'delete_page')).toEqual([200, undefined]);
    expect(await challenge('docs:admin', 'delete_all')).toEqual([200, undefined]);
    expect((await send(key, call('delete_all'))).status).toBe(200);
    // The error has the id of the request that it answers.
    const refused = await send(await issuer.token(), call('delete_page', 7));
    expect(await refused.json()).toMatchObject({ id: 7, error: { message: 'The token lacks a scope.' } });
  });

  it('with only API keys sends no client to look for an issuer', async () => {
    const running = await runningGateway({
      auth: { api_keys: [{ id: 'ci', hash: makeApiKey().hash }] },
      routes: { docs: { upstreams: [{ url: 'http://127.0.0.1:9' }] } },
    });
    const response = await fetch(running.url('docs'), { headers: { accept: 'text/event-stream' } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="docs"']);
    const metadata = `${running.gateway.url}/.well-known/oauth-protected-resource/mcp/docs`;
    expect((await fetch(metadata)).status).toBe(404);
  });

  it('lets anybody use a route that needs no credential, but not with a bad one', async () => {
    const { send, upstream } = await start();
    expect((await send(null, call('read'), 'open')).status).toBe(200);
    expect((await send('not-a-token', call('read'), 'open')).status).toBe(401);
    expect(upstream.requests).toHaveLength(1);
  });

  it('ends a stream when the token of its client expires', async () => {
    const { issuer, running } = await start();
    const exp = Math.floor(Date.now() / 1_000) + 2;
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${await issuer.token({ exp })}` };
    const response = await fetch(running.url('docs'), { headers });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(': open\n\n');
    expect(Date.now() / 1_000).toBeGreaterThanOrEqual(exp - 0.05);
    expect(running.factsOf('request_ended')).toMatchObject([{ outcome: 'ok', subject: 'alice' }]);
  });

  describe.each(['GET', 'subscriptions/listen'])('a stream of %s', (kind) => {
    const open = (url: string, credential: string) => {
      const authorization = `Bearer ${credential}`;
      return kind === 'GET'
        ? fetch(url, { headers: { accept: 'text/event-stream', authorization } })
        : post(url, LISTEN, { authorization });
    };
    const withoutKeys = (issuer: string, more: object = {}) => ({
      auth: { providers: { main: { issuer, ...more } } },
      routes: { docs: { upstreams: [{ url: 'http://127.0.0.1:9' }] } },
    });

    it('ends when a reload removes its key, but not because its issuer is down', async () => {
      const { issuer, key, running } = await start();
      const ofKey = await open(running.url('docs'), key);
      const ofToken = await open(running.url('docs'), await issuer.token());
      issuer.handlers.set('/jwks', (_, response) => void response.writeHead(500).end());
      await running.reload(withoutKeys(issuer.url));
      expect(await ofKey.text()).toBe(': open\n\n');
      const reasons = () => running.factsOf('auth').flatMap(({ reason }) => reason ?? []);
      await expect.poll(() => reasons().sort()).toEqual(['issuer_unavailable', 'unknown_key']);
      expect(running.factsOf('request_ended')).toMatchObject([{ outcome: 'ok', subject: 'key:ci' }]);
      issuer.handlers.clear();
      issuer.jwks = { keys: [] };
      await running.reload(withoutKeys(issuer.url, { audience: 'another' }));
      expect(await ofToken.text()).toBe(': open\n\n');
    });

    it.each<[string, { id?: string; scopes?: string[]; expiresInMs?: number }, object]>([
      ['its route', {}, { none: {} }],
      ['a scope of its key', { scopes: [] }, { docs: { auth: { scopes: ['docs:read'] } } }],
      ['the subject of its key', { id: 'cd' }, { docs: {} }],
      ['the future of its key', { expiresInMs: 300 }, { docs: {} }],
    ])('ends when a reload removes %s', async (_, { expiresInMs, ...changed }, routes) => {
      const apiKey = makeApiKey();
      const { running, upstream } = await start(
        {},
        { auth: { api_keys: [{ id: 'ci', hash: apiKey.hash, scopes: ['docs:read'] }] } },
      );
      const stream = await open(running.url('docs'), apiKey.key);
      const upstreams = [{ url: upstream.url }];
      const expires = expiresInMs && { expires: new Date(Date.now() + expiresInMs).toISOString() };
      await running.reload({
        auth: { api_keys: [{ id: 'ci', hash: apiKey.hash, scopes: ['docs:read'], ...changed, ...(expires || {}) }] },
        routes: Object.fromEntries(Object.entries(routes).map(([name, fields]) => [name, { ...fields, upstreams }])),
      });
      expect(await stream.text()).toBe(': open\n\n');
    });

    it('ends when its token is revoked, and no other does', async () => {
      const { issuer, key, running } = await start();
      const [token, other] = [await issuer.token(), await issuer.token({ jti: '2' })];
      const streams = await Promise.all([token, other, key].map((each) => open(running.url('docs'), each)));
      const headers = { authorization: `Bearer ${token}` };
      const logout = `${running.gateway.url}/auth/logout?route=docs`;
      expect((await fetch(logout, { method: 'POST', headers })).status).toBe(204);
      expect(await streams[0]?.text()).toBe(': open\n\n');
      expect(running.factsOf('request_ended').map(({ route }) => route)).toEqual([null, 'docs']);
    });
  });

  it('ends the streams of a token that its issuer has ended: at its expiry, and when a request finds it inactive', async () => {
    const { issuer, running, upstream } = await start();
    const active = new Map<string, object>([
      ['short', { exp: Date.now() / 1_000 + 0.5 }],
      ['kept', {}],
      ['ended', {}],
    ]);
    issuer.handlers.set('/introspect', async (request, response) => {
      const claims = active.get(new URLSearchParams(await text(request)).get('token') ?? '');
      sendJson(response, { active: claims !== undefined, sub: 'alice', aud: 'docs', ...claims });
    });
    const introspection = { client_id: 'gateway', client_secret: 'x', cache: '0s' };
    const main = { issuer: issuer.url, audience: 'docs', clock_tolerance: '0s', introspection };
    await running.reload({
      auth: { providers: { main } },
      routes: { docs: { upstreams: [{ url: upstream.url }] } },
    });
    const open = (token: string) =>
      fetch(running.url('docs'), { headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` } });
    const [short, kept, ended] = await Promise.all(['short', 'kept', 'ended'].map(open));
    expect(await short?.text()).toBe(': open\n\n');
    active.delete('ended');
    expect((await open('ended')).status).toBe(401);
    expect(await ended?.text()).toBe(': open\n\n');
    expect(running.factsOf('request_ended')).toHaveLength(3);
    await kept?.body?.cancel();
  });

  it('ends a stream whose key a reload removes while its request is on the way', async () => {
    const { key, running, issuer } = await start();
    const headers = { ...MCP_HEADERS, authorization: `Bearer ${key}`, 'content-length': LISTEN.length };
    const request = httpRequest(running.url('docs'), { method: 'POST', headers });
    request.flushHeaders();
    await expect.poll(() => running.factsOf('auth')).toHaveLength(1);
    await running.reload({
      auth: { providers: { main: { issuer: issuer.url } } },
      routes: { docs: { upstreams: [{ url: 'http://127.0.0.1:9' }] } },
    });
    request.end(LISTEN);
    const [response] = await once(request, 'response');
    expect([response.statusCode, await text(response)]).toEqual([200, expect.stringMatching(/^(: open\n\n)?$/)]);
  });

  it('keeps the tokens of requests on their way through a reload, and takes new rules', async () => {
    const { issuer, send, running, upstream } = await start();
    const token = await issuer.token();
    expect((await send(token)).status).toBe(200);
    await running.reload({
      auth: { providers: { main: { issuer: issuer.url, audience: 'another' } } },
      routes: { docs: { auth: { scopes: ['docs:write'] }, upstreams: [{ url: upstream.url }] } },
    });
    expect((await send(token)).status).toBe(403);
    expect((await send(await issuer.token({ scope: 'docs:write', aud: 'another' }))).status).toBe(200);
  });

  it('a reload keeps what is known of an issuer, unless the settings of this issuer change', async () => {
    const { issuer, running, upstream, send } = await start();
    const docs = { upstreams: [{ url: upstream.url }] };
    const reload = (main: object, more: object) =>
      running.reload({ auth: { providers: { main: { issuer: issuer.url, ...main } }, ...more }, routes: { docs } });
    const status = async () => (await send(await issuer.token())).status;
    await reload({}, {});
    expect(await status()).toBe(200);
    const isDown = (_request: unknown, response: ServerResponse) => void response.writeHead(503).end();
    for (const path of ['/.well-known/oauth-authorization-server', '/jwks']) issuer.handlers.set(path, isDown);
    await reload({}, {});
    expect(await status()).toBe(200);
    await reload({}, { api_keys: [{ id: 'new', hash: makeApiKey().hash }], scope_implies: { a: ['b'] } });
    expect(await status()).toBe(200);
    await reload({ jwks_uri: `${issuer.url}/jwks` }, {});
    expect(await status()).toBe(503);
  });

  it('without keys continues logins after a reload, also one that changes what they ask for', async () => {
    let audience = '';
    const issuer = await startIssuer('docs', () => audience);
    const config = (scopes: string[]) => ({
      keys: [],
      auth: { providers: { main: { issuer: issuer.url } }, login: { provider: 'main', client_id: 'me', scopes } },
      routes: { docs: { upstreams: [{ url: 'http://127.0.0.1:9' }] } },
    });
    const running = await runningGateway(config([]));
    audience = running.url('docs');
    const { url } = running.gateway;
    const begun = await fetch(`${url}/auth/login?route=docs`, { redirect: 'manual' });
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state');
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
    await running.reload(config([]));
    await running.reload(config(['offline_access']));
    const answer = new URLSearchParams({ state: state ?? '', error: 'access_denied', iss: issuer.url });
    await fetch(`${url}/auth/callback?${answer}`, { headers: { cookie } });
    expect(running.factsOf('auth').at(-1)).toMatchObject({ reason: 'login_refused' });
  });

  it('writes no credential anywhere: not into facts, nor answers, nor the audit log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-gateway-auth-'));
    onTestFinished(() => removeFolder(folder));
    const file = join(folder, 'audit.jsonl');
    const { issuer, key, send, running } = await start({}, { audit: { file } });
    const tokens = [
      await issuer.token(),
      await issuer.token({ aud: 'https://api.example.com' }),
      await issuer.token({ exp: 1 }),
      `${await issuer.token()}x`,
      key,
      makeApiKey().key,
      'an-opaque-token-that-nobody-knows',
    ];
    const answers: string[] = [];
    for (const token of tokens) {
      for (const path of ['', `?access_token=${token}`, `?x=${token}`]) {
        const response = await fetch(running.url('docs') + path, {
          headers: {
            authorization: `Bearer ${token}`,
            cookie: `__Host-ct-session-docs=${token}`,
            accept: 'text/event-stream',
          },
          signal: AbortSignal.timeout(300),
        }).catch(() => null);
        if (response === null) continue;
        answers.push(JSON.stringify([...response.headers]));
        if (response.status !== 200) answers.push(await response.text());
        else await response.body?.cancel();
      }
      await (await send(token)).text();
    }
    await running.gateway.stop(0);
    const written = [readFileSync(file, 'utf8'), JSON.stringify(running.facts), ...answers].join('\n');
    expect(written).toContain('"expired"');
    expect(written.split('\n').length).toBeGreaterThan(20);
    for (const token of tokens) {
      for (const part of token.split('.').filter((each) => each.length > 20)) expect(written).not.toContain(part);
    }
  });
});
