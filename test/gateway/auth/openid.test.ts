import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { describe, expect, it } from 'vitest';
import { served, streamableServer } from '../../mcp/support/sdk-http-servers.js';
import { scriptedUpstream } from '../support/raw-http.js';
import { runningGateway } from '../support/running-gateway.js';
import { Browser } from './support/browser.js';
import { CLIENT, DESKTOP, type OpenIdProvider, startOpenIdProvider } from './support/openid-provider.js';

const startUpstream = () =>
  scriptedUpstream((response, { method }) => {
    if (method === 'GET') response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}');
  });

/** A gateway with a real OpenID provider. */
async function start({
  provider,
  upstream,
  ...more
}: {
  provider: OpenIdProvider;
  upstream: string;
  [key: string]: unknown;
}) {
  const { login = {}, main = {}, docs = {}, ...config } = more as Record<string, object>;
  const running = await runningGateway({
    auth: {
      providers: { main: { issuer: provider.url, key_cooldown: '1s', ...main } },
      login: { provider: 'main', ...CLIENT, scopes: ['offline_access'], ...login },
    },
    routes: {
      docs: {
        auth: { scopes: ['docs:read'], tools: { 'delete*': ['docs:write'] }, ...docs },
        upstreams: [{ url: upstream }],
      },
      notes: { upstreams: [{ url: upstream }] },
    },
    ...config,
  });
  await provider.register(running.gateway.url);
  return running;
}

const call = (name: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });

const POST = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
};

function post(url: string, headers: Record<string, string>, tool = 'read'): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { ...POST.headers, ...headers }, body: call(tool) });
}

describe('a login in a browser', () => {
  it('lasts until logout, is refreshed, and its token never reaches the server', async () => {
    const provider = await startOpenIdProvider();
    const upstream = await startUpstream();
    const { gateway, url, factsOf, facts } = await start({ provider, upstream: upstream.url });
    const browser = new Browser();
    const page = (path: string, init: RequestInit = {}) =>
      browser.send(`${gateway.url}${path}`, {
        ...init,
        headers: { ...POST.headers, origin: gateway.url, ...init.headers },
      });
    const ask = (tool = 'read') => page('/mcp/docs', { method: 'POST', body: call(tool) });

    expect((await ask()).status).toBe(401);
    const back = await browser.open(`${gateway.url}/auth/login?route=docs&return_to=/app%3Fa%3D1`, (to) =>
      to.endsWith('/app?a=1'),
    );
    expect(back.status).toBe(303);
    expect(back.headers.getSetCookie()[0]).toMatch(
      /^__Host-ct-session-docs=[\w-]+; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    // Nothing of the login itself stays in the browser.
    expect([...browser.cookies(gateway.url).keys()]).toEqual(['__Host-ct-session-docs']);

    expect((await ask()).status).toBe(200);
    expect((await ask('delete_page')).status).toBe(403);
    expect(upstream.requests).toHaveLength(1);
    for (const name of ['cookie', 'authorization'])
      expect(Object.keys(upstream.requests[0]?.headers ?? {})).not.toContain(name);

    // Another site can send it nowhere, a script without Origin neither, and it opens no other route.
    for (const origin of ['https://evil.example', 'null', '']) {
      expect((await page('/mcp/docs', { method: 'POST', body: call('read'), headers: { origin } })).status).toBe(403);
    }
    expect((await page('/mcp/notes', { method: 'POST', body: call('read') })).status).toBe(401);
    const stolen = browser.cookies(gateway.url).get('__Host-ct-session-docs') ?? '';
    const renamed = { cookie: `__Host-ct-session-notes=${stolen}`, origin: gateway.url };
    expect((await post(url('notes'), renamed)).status).toBe(401);

    const refreshed = await page('/auth/refresh?route=docs', { method: 'POST' });
    expect(await refreshed.json()).toMatchObject({ scope: 'docs:read' });
    expect(browser.cookies(gateway.url).get('__Host-ct-session-docs')).not.toBe(stolen);
    expect((await ask()).status).toBe(200);

    expect(
      (await page('/auth/logout?route=docs', { method: 'POST', headers: { origin: 'https://evil.example' } })).status,
    ).toBe(403);
    const stream = await page('/mcp/docs');
    const kept = browser.cookies(gateway.url).get('__Host-ct-session-docs') ?? '';
    expect((await page('/auth/logout?route=docs', { method: 'POST' })).status).toBe(204);
    expect(await stream.text()).toBe('');
    expect(browser.cookies(gateway.url).size).toBe(0);
    for (const cookie of [stolen, kept]) {
      const copy = { cookie: `__Host-ct-session-docs=${cookie}`, origin: gateway.url };
      expect((await post(url('docs'), copy)).status).toBe(401);
      expect((await fetch(`${gateway.url}/auth/refresh?route=docs`, { method: 'POST', headers: copy })).status).toBe(
        401,
      );
    }
    expect(factsOf('auth').map(({ reason, subject }) => `${reason} ${subject}`)).toEqual(
      expect.arrayContaining([
        'login_started null',
        'logged_in alice',
        'refreshed alice',
        'logged_out alice',
        'revoked null',
      ]),
    );
    const written = JSON.stringify(facts);
    for (const secret of [stolen, kept, CLIENT.client_secret]) expect(written).not.toContain(secret);
    for (const code of browser.visited.flatMap((each) => new URL(each).searchParams.get('code') ?? [])) {
      expect(written).not.toContain(code);
    }
  });
});

describe('access tokens of a real provider', () => {
  it('are accepted through a rotation of keys under load, and until they are revoked', async () => {
    const provider = await startOpenIdProvider();
    const upstream = await startUpstream();
    const { gateway, url } = await start({ provider, upstream: upstream.url });
    const token = () => provider.clientToken(url('docs'), 'docs:read');
    const first = await token();
    let rotated: string | null = null;
    const statuses: number[] = [];
    const load = async () => {
      for (let i = 0; i < 60; i++) {
        const bearer = rotated !== null && i % 2 === 0 ? rotated : first;
        const response = await post(url('docs'), { authorization: `Bearer ${bearer}` });
        await response.text();
        statuses.push(response.status);
        // Longer than the cooldown of the keys, all together.
        await new Promise((wake) => setTimeout(wake, 30));
      }
    };
    const rotate = async () => {
      await new Promise((wake) => setTimeout(wake, 1_100));
      await provider.useKeys('p2', 'p1');
      rotated = await token();
    };
    await Promise.all([load(), load(), rotate()]);
    expect(statuses).toHaveLength(120);
    expect(new Set(statuses)).toEqual(new Set([200]));

    const headers = { authorization: `Bearer ${first}` };
    expect((await fetch(`${gateway.url}/auth/logout?route=docs`, { method: 'POST', headers })).status).toBe(204);
    expect((await post(url('docs'), headers)).status).toBe(401);
    expect((await post(url('docs'), { authorization: `Bearer ${rotated}` })).status).toBe(200);
    for (const { headers: sent } of upstream.requests) expect(sent.authorization).toBeUndefined();
  });

  it('that are opaque are asked about, and refused when the provider has revoked them', async () => {
    const provider = await startOpenIdProvider({ format: 'opaque' });
    const upstream = await startUpstream();
    const introspection = { ...CLIENT, cache: '0s' };
    const { url, factsOf } = await start({ provider, upstream: upstream.url, main: { introspection } });
    const token = await provider.clientToken(url('docs'), 'docs:read');
    const headers = { authorization: `Bearer ${token}` };
    expect((await post(url('docs'), headers)).status).toBe(200);
    // The token is for one route.
    expect((await post(url('notes'), headers)).status).toBe(401);
    await fetch(`${provider.url}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({ ...CLIENT, token }),
    });
    expect((await post(url('docs'), headers)).status).toBe(401);
    expect(factsOf('auth').map(({ reason }) => reason)).toEqual([null, 'audience', 'inactive']);
  });
});

describe('the client of the official SDK', () => {
  it('finds the issuer by itself, logs in, and asks for a further scope when a tool needs it', async () => {
    const provider = await startOpenIdProvider();
    const upstream = await served(streamableServer([]));
    const { url } = await start({ provider, upstream, docs: { tools: { add: ['docs:write'] } } });
    const browser = new Browser();
    const asked: string[] = [];
    let saved: Awaited<ReturnType<OAuthClientProvider['tokens']>>;
    let verifier = '';
    let code = '';
    const authProvider: OAuthClientProvider = {
      redirectUrl: DESKTOP.redirect_uris[0],
      clientMetadata: { redirect_uris: DESKTOP.redirect_uris },
      clientInformation: () => ({ client_id: DESKTOP.client_id }),
      tokens: () => saved,
      saveTokens: (tokens) => {
        // With a refresh token, the SDK refreshes in place of asking for the scope.
        saved = { ...tokens, refresh_token: undefined };
      },
      saveCodeVerifier: (text) => {
        verifier = text;
      },
      codeVerifier: () => verifier,
      async redirectToAuthorization(address) {
        asked.push(address.searchParams.get('scope') ?? '');
        expect(address.searchParams.get('resource')).toBe(url('docs'));
        const response = await browser.open(address.href, (to) => to.startsWith('http://127.0.0.1:9/'));
        code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
      },
    };
    const open = () => new StreamableHTTPClientTransport(new URL(url('docs')), { authProvider });
    const client = new Client({ name: 'sdk', version: '1' });
    const transport = open();
    await expect(client.connect(transport as Transport)).rejects.toThrow(/unauthorized/i);
    await transport.finishAuth(code);
    expect(asked).toEqual(['docs:read']);

    const second = open();
    await client.connect(second as Transport);
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    const add = () => client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
    await expect(add()).rejects.toThrow();
    expect(asked[1]?.split(' ')).toContain('docs:write');
    await second.finishAuth(code);
    expect(await add()).toMatchObject({ content: [{ type: 'text' }] });
    await client.close();
  });
});
