import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { makeApiKey } from '../../../src/gateway/auth/index.js';
import { scriptedUpstream } from '../support/raw-http.js';
import { runningGateway } from '../support/running-gateway.js';
import { sendJson, startIssuer } from './support/test-issuer.js';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const INITIALIZE = PING.replace('ping', 'initialize');

/** A server that refuses what is in `refused`, and opens `session`. */
async function startUpstream() {
  const refused = new Set<string | undefined>();
  const upstream = await scriptedUpstream((response, { headers, body }) => {
    if (body === INITIALIZE) response.setHeader('mcp-session-id', server.session);
    sendJson(response, { jsonrpc: '2.0', id: 1, result: {} }, refused.has(headers.authorization) ? 401 : 200);
  });
  const server = { ...upstream, refused, session: '' };
  return server;
}

async function start(credentials: (tokenEndpoint: string) => object) {
  let audience = '';
  const issuer = await startIssuer('docs', () => audience);
  const upstream = await startUpstream();
  const asked: URLSearchParams[] = [];
  let lifetime = 300;
  issuer.handlers.set('/token', async (request, response) => {
    asked.push(new URLSearchParams(await text(request)));
    sendJson(response, {
      access_token: `upstream-token-${asked.length}`,
      token_type: 'Bearer',
      expires_in: lifetime,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
  });
  const key = makeApiKey();
  const config = (more: object = {}) => ({
    auth: { providers: { main: { issuer: issuer.url } }, api_keys: [{ id: 'ci', hash: key.hash }] },
    routes: { docs: { upstreams: [{ url: upstream.url, credentials: credentials(`${issuer.url}/token`), ...more }] } },
  });
  const running = await runningGateway(config());
  audience = running.url('docs');
  const send = async (token: string, body = PING) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${token}`,
    };
    const response = await fetch(running.url('docs'), { method: 'POST', headers, body });
    return { status: response.status, body: await response.text() };
  };
  const seen = () => upstream.requests.map(({ headers }) => headers.authorization);
  return {
    ...{ issuer, upstream, seen, asked, running, send, key: key.key },
    reload: (more: object) => running.reload(config(more)),
    setLifetime: (seconds: number) => {
      lifetime = seconds;
    },
  };
}

const client = { client_id: 'gateway', client_secret: 'secret of the gateway' };

describe('the credential for a server, in place of the token of the client,', () => {
  it.each([
    [{ bearer: 'a-static-token' }, 'Bearer a-static-token'],
    [{ basic: { user: 'gateway', password: 'pass:word' } }, `Basic ${btoa('gateway:pass:word')}`],
  ])('is from the configuration: %j', async (credentials, wanted) => {
    const { send, issuer, seen } = await start(() => credentials);
    expect((await send(await issuer.token())).status).toBe(200);
    expect(seen()).toEqual([wanted]);
  });

  it('is one token of the gateway for all clients, until it ends or the server refuses it', async () => {
    const credentials = (token_endpoint: string) => ({
      client_credentials: { token_endpoint, ...client, scope: 'a b' },
    });
    const { send, issuer, upstream, seen, asked, setLifetime } = await start(credentials);
    await Promise.all([1, 2, 3].map(async () => send(await issuer.token())));
    expect((await send(await issuer.token({ sub: 'bob' }))).status).toBe(200);
    expect(new Set(seen())).toEqual(new Set(['Bearer upstream-token-1']));
    expect(asked.map((each) => each.get('scope'))).toEqual(['a b']);

    upstream.refused.add('Bearer upstream-token-1');
    // The client's own token is good: it must not log in again.
    expect((await send(await issuer.token())).status).toBe(502);
    expect((await send(await issuer.token())).status).toBe(200);
    expect(seen().at(-1)).toBe('Bearer upstream-token-2');

    upstream.refused.add('Bearer upstream-token-2');
    setLifetime(1);
    expect((await send(await issuer.token())).status).toBe(502);
    for (const _ of [1, 2]) await send(await issuer.token());
    expect(seen().slice(-2)).toEqual(['Bearer upstream-token-3', 'Bearer upstream-token-4']);
  });

  it('is kept through a reload, unless its settings change', async () => {
    const settings = (token_endpoint: string) => ({ client_credentials: { token_endpoint, ...client } });
    const { send, issuer, seen, reload } = await start(settings);
    await send(await issuer.token());
    await reload({});
    await send(await issuer.token());
    await reload({ connections: 5 });
    await send(await issuer.token());
    expect(new Set(seen())).toEqual(new Set(['Bearer upstream-token-1']));
    await reload({ credentials: settings(`${issuer.url}/token?tenant=2`) });
    issuer.handlers.set('/token', (_request, response) => sendJson(response, {}, 500));
    expect((await send(await issuer.token())).status).toBe(502);
  });

  it('is exchanged for each token of a client, but not for an API key', async () => {
    const credentials = (token_endpoint: string) => ({ exchange: { token_endpoint, ...client, audience: 'tickets' } });
    const { send, issuer, seen, asked, key, running } = await start(credentials);
    const [alice, bob] = [await issuer.token(), await issuer.token({ sub: 'bob' })];
    for (const token of [alice, alice, bob, alice]) expect((await send(token)).status).toBe(200);
    expect(asked.map((each) => each.get('subject_token'))).toEqual([alice, bob]);
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: 'tickets',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
    expect(seen()).toEqual([1, 1, 2, 1].map((n) => `Bearer upstream-token-${n}`));
    // Fewer scopes: it must not get what the token with more was given.
    await send(await issuer.token({ scope: '' }));
    expect(seen().at(-1)).toBe('Bearer upstream-token-3');

    expect((await send(key)).status).toBe(502);
    expect(seen()).toHaveLength(5);
    expect(running.factsOf('upstream_error')).toMatchObject([{ kind: 'credentials', message: 'no_subject_token' }]);
    const written = JSON.stringify(running.facts);
    for (const secret of [alice, bob, key, client.client_secret, 'upstream-token'])
      expect(written).not.toContain(secret);
  });

  it('that was exchanged also ends sessions, unless the token of the client has expired', async () => {
    const credentials = (token_endpoint: string) => ({ exchange: { token_endpoint, ...client } });
    const { send, issuer, upstream, asked, running, setLifetime } = await start(credentials);
    // None is kept: the end needs another one.
    setLifetime(1);
    upstream.session = 'of alice';
    const alice = await issuer.token();
    expect((await send(alice, INITIALIZE)).status).toBe(200);
    upstream.session = 'of bob';
    // Still accepted, by `clock_tolerance`.
    const bob = await issuer.token({ sub: 'bob', exp: Math.floor(Date.now() / 1_000) - 5 });
    expect((await send(bob, INITIALIZE)).status).toBe(200);
    await running.reload({ routes: { other: { upstreams: [{ url: upstream.url }] } } });
    const ends = () =>
      upstream.requests
        .filter(({ method }) => method === 'DELETE')
        .map(({ headers }) => [headers['mcp-session-id'], headers.authorization]);
    await expect
      .poll(() => ends().sort())
      .toEqual([
        ['of alice', 'Bearer upstream-token-3'],
        ['of bob', undefined],
      ]);
    expect(asked.map((each) => each.get('subject_token'))).toEqual([alice, bob, alice]);
    expect(running.factsOf('upstream_error')).toEqual([]);
  });

  it.each([
    ['an error', { error: 'invalid_target' }, 400, 'refused'],
    ['a token of another type', { access_token: 'x', token_type: 'DPoP' }, 200, 'unavailable'],
    ['a token with a line end', { access_token: 'x\r\nX-Admin: 1', token_type: 'Bearer' }, 200, 'unavailable'],
    ['a failure', {}, 500, 'unavailable'],
  ])(
    'is missing when the authorization server answers with %s: the server is not asked',
    async (_what, body, status, message) => {
      const { send, issuer, seen, running } = await start((token_endpoint) => ({
        client_credentials: { token_endpoint, ...client },
      }));
      issuer.handlers.set('/token', (_request, response) => sendJson(response, body, status));
      expect(await send(await issuer.token())).toMatchObject({
        status: 502,
        body: expect.stringContaining('no credentials'),
      });
      expect(seen()).toEqual([]);
      expect(running.factsOf('upstream_error')).toMatchObject([{ kind: 'credentials', message }]);
    },
  );
});
