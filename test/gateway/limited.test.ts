import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { served, streamableServer } from '../mcp/support/sdk-http-servers.js';
import { post as postText } from './support/raw-http.js';
import { runningGateway } from './support/running-gateway.js';

const upstream = () => served(streamableServer([], { enableJsonResponse: true }));

function post(url: string, message: object, headers: Record<string, string> = {}) {
  return postText(url, JSON.stringify(message), headers);
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 7,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

it('answers a request above a limit with 429, Retry-After and a JSON-RPC error', async () => {
  const { url, factsOf, reload } = await runningGateway({
    rate_limits: { ip: { requests: 2, per: '10s' } },
    routes: { sums: { upstreams: [{ url: await upstream() }] } },
  });
  const statuses = [];
  for (let turn = 0; turn < 2; turn++) statuses.push((await post(url('sums'), INITIALIZE)).status);
  expect(statuses).toEqual([200, 200]);
  const refused = await post(url('sums'), INITIALIZE);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(8);
  expect(await refused.json()).toMatchObject({
    jsonrpc: '2.0',
    error: { code: -32000, message: expect.stringMatching(/^Too Many Requests: try again in \d+ s$/) },
  });
  expect(factsOf('limited')).toMatchObject([{ tier: 'ip', route: 'sums', ip: '127.0.0.1', subject: null }]);
  expect(factsOf('request_ended').map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'limited']);
  await reload({ routes: { sums: { upstreams: [{ url: await upstream() }] } } });
  expect((await post(url('sums'), INITIALIZE)).status).toBe(200);
});

it('counts calls of tools, and answers with the id of the call', async () => {
  const { url } = await runningGateway({
    rate_limits: { tool: { add: { requests: 1, per: '10s' } } },
    routes: { sums: { upstreams: [{ url: await upstream() }] } },
  });
  const opened = await post(url('sums'), INITIALIZE);
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
  const call = (id: number, name: string) =>
    post(
      url('sums'),
      { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: { a: 1, b: 2 } } },
      session,
    );
  expect((await call(1, 'add')).status).toBe(200);
  const refused = await call(2, 'add');
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ id: 2 });
  expect((await call(3, 'fail')).status).toBe(200);
});

it('counts the clients behind a trusted proxy by X-Forwarded-For, and only those', async () => {
  const config = (trusted_proxies: string[]) => async () =>
    runningGateway({
      trusted_proxies,
      rate_limits: { ip: { requests: 1, per: '10s' } },
      routes: { sums: { upstreams: [{ url: await upstream() }] } },
    });
  for (const [trusted, expected] of [
    [['127.0.0.0/8'], [200, 200, 429]],
    [['10.0.0.0/8'], [200, 429, 429]],
  ] as const) {
    const { url } = await config([...trusted])();
    const statuses = [];
    for (const ip of ['198.51.100.1', '198.51.100.2', '1.2.3.4, 198.51.100.1']) {
      statuses.push((await post(url('sums'), INITIALIZE, { 'x-forwarded-for': ip })).status);
    }
    expect(statuses).toEqual(expected);
  }
});

it('writes its audit log without secrets', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'audited-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'audit.jsonl');
  const { gateway, url } = await runningGateway({
    audit: { file },
    rate_limits: { global: { requests: 2, per: '10s' } },
    routes: { sums: { upstreams: [{ url: await upstream() }] } },
  });
  const secret = { authorization: 'Bearer very-secret', cookie: 'sid=very-secret', 'x-api-key': 'very-secret' };
  const opened = await post(url('sums'), INITIALIZE, secret);
  const session = opened.headers.get('mcp-session-id') ?? '';
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add', arguments: { a: 1, b: 2 } } };
  await post(url('sums'), call, { ...secret, 'mcp-session-id': session });
  await post(url('sums'), call, { ...secret, 'mcp-session-id': session });
  await gateway.stop(0);
  const text = await readFile(file, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): { type: string; outcome: string } => JSON.parse(line));
  expect(lines.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
    'gateway started',
    'session opened',
    'request ok',
    'limit limited',
    'request limited',
    'gateway stopping',
    'gateway stopped',
  ]);
  expect(session).not.toBe('');
  for (const hidden of ['very-secret', session, session.slice(0, 40)]) expect(text).not.toContain(hidden);
});
