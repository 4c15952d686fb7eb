import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { shortHash } from '../../src/gateway/session/session-table.js';
import { createMetrics } from '../../src/gateway/telemetry/metrics.js';
import { answerEmpty, MCP_HEADERS, post, scriptedUpstream, statusOf } from './support/raw-http.js';
import { hasRedis, NO_REDIS, startRedis } from './support/redis-server.js';
import { KEY, runningGateway } from './support/running-gateway.js';

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18' },
});
const PING = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' });

/** A server with sessions of its own: `s1`, `s2`, … */
async function sessionServer() {
  const live = new Set<string>();
  let opened = 0;
  const upstream = await scriptedUpstream((response, { body, headers, method }) => {
    const id = String(headers['mcp-session-id']);
    if (body.includes('"initialize"')) {
      const session = `s${++opened}`;
      live.add(session);
      response.setHeader('mcp-session-id', session);
    } else if (!live.has(id)) {
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"gone"}}');
      return;
    }
    if (method === 'DELETE') live.delete(id);
    if (method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}');
  });
  return { ...upstream, live };
}

async function open(url: string): Promise<string> {
  const response = await post(url, INITIALIZE);
  await response.text();
  return response.headers.get('mcp-session-id') ?? '';
}

async function status(url: string, session: string, method = 'POST'): Promise<number> {
  const headers = { 'mcp-session-id': session };
  const response = method === 'POST' ? await post(url, PING, headers) : await fetch(url, { method, headers });
  await response.text();
  return response.status;
}

function routes(url: string, more: object = {}) {
  return { routes: { a: { upstreams: [{ url }], ...more }, b: { upstreams: [{ url }] } } };
}

describe('a session', () => {
  it('has an id that only the gateway can read, and leads to the session of its upstream', async () => {
    const upstream = await sessionServer();
    const running = await runningGateway(routes(upstream.url));
    const ids = [await open(running.url('a')), await open(running.url('a'))];
    expect(ids[0]).toMatch(/^1\.[\w-]{60,200}$/);
    expect(Buffer.from(String(ids[0]).slice(2), 'base64url').toString('latin1')).not.toContain('s1');
    for (const id of [ids[1], ids[0]]) expect(await status(running.url('a'), String(id))).toBe(200);
    expect(upstream.requests.map(({ headers }) => headers['mcp-session-id'])).toEqual([
      undefined,
      undefined,
      's2',
      's1',
    ]);
    expect(running.factsOf('session_opened')).toHaveLength(2);
    expect(JSON.stringify(running.facts)).not.toContain(ids[0]);
  });

  it('is not found by an id that was changed or made up, or is of another route or key', async () => {
    const upstream = await sessionServer();
    const running = await runningGateway(routes(upstream.url));
    const other = await runningGateway({ ...routes(upstream.url), keys: [`${KEY}, another`] });
    const id = await open(running.url('a'));
    const asked = upstream.requests.length;
    const changedAt = (at: number) => id.slice(0, at) + (id[at] === 'A' ? 'B' : 'A') + id.slice(at + 1);
    expect(await status(running.url('b'), id)).toBe(404);
    expect(await status(other.url('a'), id)).toBe(404);
    for (const wrong of [
      changedAt(id.length - 1),
      id.slice(0, -4),
      `${id}AAAA`,
      changedAt(20),
      's1',
      '1.',
      'x'.repeat(5_000),
      '../../s1',
    ]) {
      expect({ wrong, status: await status(running.url('a'), wrong) }).toEqual({ wrong, status: 404 });
    }
    expect(upstream.requests).toHaveLength(asked);
  });

  it('continues in another gateway with the same key, and after a rotation of keys until the old one is removed', async () => {
    const upstream = await sessionServer();
    const metrics = createMetrics();
    const [first, second] = [
      await runningGateway(routes(upstream.url)),
      await runningGateway(routes(upstream.url), {}, { report: metrics.report }),
    ];
    const id = await open(first.url('a'));
    await first.gateway.stop(0);
    expect(await status(second.url('a'), id)).toBe(200);
    // It is open here now, though it was not opened here.
    expect(await metrics.text()).toContain('claude_trace_gateway_sessions{route="a"} 1\n');
    expect(await metrics.text()).not.toContain('sessions_opened_total{');
    await second.reload({ ...routes(upstream.url), keys: [`${KEY}, the next`, KEY] });
    const newer = await open(second.url('a'));
    expect([await status(second.url('a'), id), await status(second.url('a'), newer)]).toEqual([200, 200]);
    await second.reload({ ...routes(upstream.url), keys: [`${KEY}, the next`] });
    expect([await status(second.url('a'), id), await status(second.url('a'), newer)]).toEqual([404, 200]);
  });

  it('that its upstream has lost is not found, and the others go on', async () => {
    const upstream = await sessionServer();
    const running = await runningGateway(routes(upstream.url));
    const [lost, kept] = [await open(running.url('a')), await open(running.url('a'))];
    upstream.live.delete('s1');
    expect(await status(running.url('a'), lost)).toBe(404);
    for (let round = 0; round < 3; round++) expect(await status(running.url('a'), kept)).toBe(200);
    expect(running.factsOf('session_closed')).toMatchObject([{ reason: 'upstream_gone', route: 'a', upstream: 'u1' }]);
  });

  it('goes on when its server has no streams, and says so with 404 in place of 405', async () => {
    const upstream = await scriptedUpstream((response, { body, method }) => {
      response.setHeader('mcp-session-id', 's');
      if (method === 'GET') response.writeHead(404).end('Cannot GET /mcp');
      else answerEmpty(response, { body });
    });
    const running = await runningGateway(routes(upstream.url));
    const id = await open(running.url('a'));
    expect([await status(running.url('a'), id, 'GET'), await status(running.url('a'), id)]).toEqual([404, 200]);
  });

  it('ends by DELETE, and upstream learns of it', async () => {
    const upstream = await sessionServer();
    const running = await runningGateway(routes(upstream.url));
    const id = await open(running.url('a'));
    expect(await status(running.url('a'), id, 'DELETE')).toBe(200);
    expect([...upstream.live]).toEqual([]);
    expect(await status(running.url('a'), id)).toBe(404);
    expect(running.factsOf('session_closed')).toMatchObject([{ reason: 'deleted' }]);
  });

  it('that is idle ends, and upstream learns of it; one with an open stream or an unfinished request goes on (mcp-proxy #79)', async () => {
    const upstream = await sessionServer();
    const running = await runningGateway(routes(upstream.url, { limits: { session_idle: '1s' } }));
    const url = running.url('a');
    const [listening, sending] = [await open(url), await open(url)];
    const stream = await fetch(url, { headers: { accept: 'text/event-stream', 'mcp-session-id': listening } });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const answer = text(socket);
    const headers = { ...MCP_HEADERS, host: new URL(url).host, 'mcp-session-id': sending, connection: 'close' };
    const lines = Object.entries({ ...headers, 'content-length': PING.length }).map((header) => header.join(': '));
    socket.write(['POST /mcp/a HTTP/1.1', ...lines, '', PING.slice(0, 5)].join('\r\n'));
    const idle = await open(url);
    await expect.poll(() => running.factsOf('session_closed')).toMatchObject([{ reason: 'idle' }]);
    await expect.poll(() => [...upstream.live]).toEqual(['s1', 's2']);
    socket.write(PING.slice(5));
    expect(statusOf(await answer)).toBe(200);
    expect([await status(url, idle), await status(url, listening)]).toEqual([404, 200]);
    await stream.body?.cancel();
    await expect.poll(() => [...upstream.live]).toEqual([]);
  });

  it('whose server a reload takes away ends there when its requests have finished; the others go on', async () => {
    const [first, second] = [await sessionServer(), await sessionServer()];
    const answers: (() => void)[] = [];
    const slow = await scriptedUpstream((response, request) => {
      response.setHeader('mcp-session-id', 's');
      if (request.body.includes('ping')) answers.push(() => answerEmpty(response, request));
      else answerEmpty(response, request);
    });
    const of = (...urls: string[]) => ({ upstreams: urls.map((url) => ({ url })) });
    const running = await runningGateway({
      routes: {
        gone: of(first.url),
        slow: of(slow.url),
        moved: of(first.url),
        fewer: of(first.url, second.url),
        kept: of(first.url),
      },
    });
    const openIn = (route: string) => open(running.url(route));
    const [gone, busy, kept] = [await openIn('gone'), await openIn('slow'), await openIn('kept')];
    const [moved, stayed, left] = [await openIn('moved'), await openIn('fewer'), await openIn('fewer')];
    expect([[...first.live], [...second.live]]).toEqual([['s1', 's2', 's3', 's4'], ['s1']]);
    const stream = await fetch(running.url('gone'), {
      headers: { accept: 'text/event-stream', 'mcp-session-id': gone },
    });
    const asked = status(running.url('slow'), busy);
    await expect.poll(() => answers).toHaveLength(1);
    await running.reload({
      routes: { moved: of(second.url), fewer: of(first.url), kept: of(first.url) },
    });
    expect(await stream.text()).toBe('');
    await expect.poll(() => [[...first.live], [...second.live]]).toEqual([['s2', 's4'], []]);
    expect([await status(running.url('moved'), moved), await status(running.url('fewer'), left)]).toEqual([404, 404]);
    expect([await status(running.url('kept'), kept), await status(running.url('fewer'), stayed)]).toEqual([200, 200]);
    expect(running.factsOf('session_closed').map(({ reason }) => reason)).toEqual(Array(4).fill('upstream_gone'));
    const methods = () => slow.requests.map(({ method }) => method);
    expect(methods()).toEqual(['POST', 'POST']);
    answers[0]?.();
    expect(await asked).toBe(200);
    await expect.poll(methods).toEqual(['POST', 'POST', 'DELETE']);
  });

  it.skipIf(!hasRedis)(`that another gateway with the same Redis uses goes on (${NO_REDIS})`, async () => {
    const upstream = await sessionServer();
    await using redis = await startRedis();
    // A machine that is busy with other tests may take seconds for a use.
    const config = { ...routes(upstream.url, { limits: { session_idle: '4s' } }), redis: { url: redis.url } };
    const [first, second] = [await runningGateway(config), await runningGateway(config)];
    const [used, unused] = [await open(first.url('a')), await open(first.url('a'))];
    const isUnusedOver = async () => {
      expect(await status(second.url('a'), used)).toBe(200);
      return first.facts.some((fact) => fact.type === 'session_closed' && fact.session === shortHash(unused));
    };
    await expect.poll(isUnusedOver).toBe(true);
    expect(await status(first.url('a'), used)).toBe(200);
    expect(first.factsOf('session_closed')).toHaveLength(1);
  });

  it('is ended at its upstream with the version of the protocol that its client named', async () => {
    const upstream = await sessionServer();
    const running = await runningGateway(routes(upstream.url));
    const [named, unnamed] = [await open(running.url('a')), await open(running.url('a'))];
    const headers = { 'mcp-session-id': named, 'mcp-protocol-version': '2025-06-18' };
    await (await post(running.url('a'), PING, headers)).text();
    expect(await status(running.url('a'), unnamed)).toBe(200);
    await running.reload({ routes: { b: { upstreams: [{ url: upstream.url }] } } });
    const ends = () =>
      upstream.requests
        .filter(({ method }) => method === 'DELETE')
        .map(({ headers }) => [headers['mcp-session-id'], headers['mcp-protocol-version']])
        .toSorted();
    await expect.poll(ends).toEqual([
      ['s1', '2025-06-18'],
      ['s2', undefined],
    ]);
  });

  it.skipIf(!hasRedis)(
    `costs Redis few commands, however many calls it has (ContextForge #4556; ${NO_REDIS})`,
    async () => {
      const upstream = await sessionServer();
      await using redis = await startRedis();
      const running = await runningGateway({ ...routes(upstream.url), redis: { url: redis.url } });
      const id = await open(running.url('a'));
      const before = await redis.commands();
      for (let call = 0; call < 100; call++) expect(await status(running.url('a'), id)).toBe(200);
      expect((await redis.commands()) - before).toBeLessThan(10);
    },
  );

  it('at one upstream goes on when another upstream of the route has lost its sessions (agentgateway #3622)', async () => {
    const [first, second] = [await sessionServer(), await sessionServer()];
    const running = await runningGateway({
      routes: { a: { upstreams: [{ url: first.url }, { url: second.url }], balance: 'round_robin' } },
    });
    const [lost, kept] = [await open(running.url('a')), await open(running.url('a'))];
    expect([first.live.size, second.live.size]).toEqual([1, 1]);
    first.live.clear();
    expect([await status(running.url('a'), lost), await status(running.url('a'), kept)]).toEqual([404, 200]);
    const again = [await open(running.url('a')), await open(running.url('a'))];
    for (const id of [...again, kept]) expect(await status(running.url('a'), id)).toBe(200);
  });

  it('that an answer opened which no client gets is ended at its upstream', async () => {
    const upstream = await scriptedUpstream((response, { body }) => {
      response.writeHead(body === '' ? 200 : 401, { 'mcp-session-id': 's' }).end();
    });
    const running = await runningGateway(routes(upstream.url));
    expect((await post(running.url('a'), INITIALIZE)).status).toBe(502);
    await expect.poll(() => upstream.requests.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
    expect(upstream.requests[1]?.headers['mcp-session-id']).toBe('s');
  });

  it('is refused if a route or a subject has too many', async () => {
    const upstream = await sessionServer();
    const running = await runningGateway(routes(upstream.url, { limits: { sessions: 2 } }));
    const ids = [await open(running.url('a')), await open(running.url('a'))];
    const refused = await post(running.url('a'), INITIALIZE);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await open(running.url('b'))).not.toBe('');
    await status(running.url('a'), String(ids[0]), 'DELETE');
    expect(await open(running.url('a'))).not.toBe('');
    expect(running.factsOf('limited')).toMatchObject([{ tier: 'sessions', route: 'a' }]);
    const one = await runningGateway(routes(upstream.url, { limits: { sessions_per_subject: 1 } }));
    await open(one.url('a'));
    expect((await post(one.url('a'), INITIALIZE)).status).toBe(429);
    const slow = await scriptedUpstream((response, { body }) => {
      response.setHeader('mcp-session-id', 's');
      setTimeout(() => answerEmpty(response, { body }), 100);
    });
    const another = await runningGateway(routes(slow.url, { limits: { sessions_per_subject: 1 } }));
    const atOnce = await Promise.all([1, 2, 3].map(() => post(another.url('a'), INITIALIZE)));
    expect(atOnce.map((each) => each.status).sort()).toEqual([200, 429, 429]);
  });
});
