import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/gateway/telemetry/metrics.js';
import { removeFolder } from '../support/remove-folder.js';
import { answerEmpty, PING, post, rawExchange, scriptedUpstream, statusOf } from './support/raw-http.js';
import { runningGateway } from './support/running-gateway.js';

const GET = { accept: 'text/event-stream' };
const LISTEN = '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}';

function route(url: string, more: object = {}) {
  return { upstreams: [{ url }], ...more };
}

describe('a start', () => {
  it('a start on an address that is in use names it', async () => {
    const upstream = await scriptedUpstream(answerEmpty);
    const { port } = new URL(upstream.url);
    const starting = runningGateway({ listen: { port: Number(port) }, routes: { a: route(upstream.url) } });
    await expect(starting).rejects.toThrow(
      `The gateway cannot listen on 127.0.0.1:${port}: the port is in use; choose another one.`,
    );
  });
});

describe('a stream', () => {
  it('reaches the client event by event, and its end reaches upstream', async () => {
    let isLeft = false;
    let send: (text: string) => void = () => {};
    const upstream = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      response.on('close', () => {
        isLeft = true;
      });
      send = (text) => void response.write(text);
    });
    const running = await runningGateway({ routes: { a: route(upstream.url) } });
    const left = new AbortController();
    const response = await fetch(running.url('a'), { headers: GET, signal: left.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      send(text);
      expect(await reader?.read()).toEqual({ done: false, value: text });
    }
    left.abort();
    await expect.poll(() => isLeft).toBe(true);
    await expect.poll(() => running.factsOf('request_ended')).toMatchObject([{ outcome: 'client_gone', bytesOut: 18 }]);
  });

  it('without a byte for too long ends, as if its server had ended it', async () => {
    const upstream = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const running = await runningGateway({ routes: { a: route(upstream.url, { limits: { stream_idle: '1s' } }) } });
    const response = await fetch(running.url('a'), { headers: GET });
    expect(await response.text()).toBe('');
    await expect.poll(() => running.factsOf('request_ended')).toMatchObject([{ outcome: 'ok' }]);
  });
});

describe('clients that leave', () => {
  it('say nothing about an upstream, before its answer or in the middle of it', async () => {
    let isSilent = true;
    const upstream = await scriptedUpstream((response, request) => {
      if (request.method === 'POST') answerEmpty(response, request);
      else if (!isSilent) response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const breaker = { min_requests: 1, failure_rate: 0.1 };
    const running = await runningGateway({ routes: { a: route(upstream.url, { breaker }) } });
    const stream = async (left: AbortController) => fetch(running.url('a'), { headers: GET, signal: left.signal });
    const early = new AbortController();
    const asked = expect(stream(early)).rejects.toThrow();
    await expect.poll(() => upstream.requests).toHaveLength(1);
    early.abort();
    await asked;
    isSilent = false;
    const late = new AbortController();
    await stream(late);
    late.abort();
    await expect.poll(() => running.factsOf('request_ended')).toHaveLength(2);
    expect((await post(running.url('a'))).status).toBe(200);
    expect(running.factsOf('breaker')).toEqual([]);
  });
});

describe('a stop', () => {
  it('a stop loses no request: those in progress are answered, streams end, and later connections are refused', async () => {
    const upstream = await scriptedUpstream((response, request) => {
      if (request.method === 'GET') response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      else setTimeout(() => answerEmpty(response, request), 600);
    });
    const running = await runningGateway({ routes: { a: route(upstream.url) } });
    const stream = await fetch(running.url('a'), { headers: GET });
    const answers = Array.from({ length: 50 }, () =>
      post(running.url('a')).then((response) => response.json() as Promise<{ result?: unknown }>),
    );
    await expect.poll(() => upstream.requests).toHaveLength(51);
    const ready = () =>
      rawExchange(running.gateway.url, 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(statusOf(await ready())).toBe(200);
    const stopped = running.gateway.stop(10_000);
    expect(statusOf(await ready())).toBe(503);
    expect(await stream.text()).toBe('');
    const given = await Promise.all(answers);
    expect(given.filter((each) => each.result !== undefined)).toHaveLength(50);
    expect(await stopped).toEqual({ lost: 0 });
    await expect(fetch(running.gateway.url)).rejects.toThrow();
  });

  it.each([
    ['GET', (url: string) => fetch(url, { headers: GET })],
    ['subscriptions/listen', (url: string) => post(url, LISTEN)],
  ])('ends streams of %s, also before their server has answered, and those that are opened later', async (_, open) => {
    let isSilent = false;
    const upstream = await scriptedUpstream((response) => {
      if (!isSilent) response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const running = await runningGateway({ routes: { a: route(upstream.url) } });
    const begun = await open(running.url('a'));
    isSilent = true;
    const silent = open(running.url('a'));
    await expect.poll(() => upstream.requests).toHaveLength(2);
    const stopped = running.gateway.stop(60_000);
    const later = open(running.url('a'));
    expect(await begun.text()).toBe('');
    for (const response of [await silent, await later]) {
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
      expect(await response.text()).toBe('');
    }
    expect(await stopped).toEqual({ lost: 0 });
    expect(running.factsOf('request_ended').map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
    expect(running.factsOf('upstream_error')).toEqual([]);
  });

  it('cuts off requests when the time is over', async () => {
    const upstream = await scriptedUpstream(() => {});
    const running = await runningGateway({ routes: { a: route(upstream.url) } });
    const answer = post(running.url('a')).catch(() => 'cut off');
    await expect.poll(() => upstream.requests).toHaveLength(1);
    expect(await running.gateway.stop(50)).toEqual({ lost: 1 });
    expect(await answer).toBe('cut off');
  });
});

it('reports connections above the limit: the first one at once, the others together', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-gateway-limit-'));
  onTestFinished(() => removeFolder(folder));
  const file = join(folder, 'audit.jsonl');
  const metrics = createMetrics();
  const running = await runningGateway(
    { limits: { connections: 1 }, audit: { file }, routes: { a: route('http://127.0.0.1:9') } },
    {},
    { report: metrics.report },
  );
  const { hostname, port } = new URL(running.gateway.url);
  const held = connect(Number(port), hostname);
  onTestFinished(() => void held.destroy());
  await once(held, 'connect');
  for (let turn = 0; turn < 5; turn++) expect(await rawExchange(running.gateway.url)).toBe('');
  expect(running.factsOf('connections_refused')).toMatchObject([{ count: 1, ip: '127.0.0.1' }]);
  await running.gateway.stop(0);
  const counts = running.factsOf('connections_refused').map(({ count }) => count);
  expect(counts.reduce((sum, each) => sum + each)).toBe(5);
  expect(readFileSync(file, 'utf8')).toContain(
    '"type":"limit","outcome":"limited","ip":"127.0.0.1","tier":"connections","count":1',
  );
  expect(await metrics.text()).toContain('claude_trace_gateway_limited_total{route="",tier="connections"} 5');
});

describe('a reload', () => {
  it('adds, changes and removes routes; requests in progress finish with the old configuration', async () => {
    const slow = await scriptedUpstream(
      (response, request) => void setTimeout(() => answerEmpty(response, request), 500),
    );
    const other = await scriptedUpstream(answerEmpty);
    const running = await runningGateway({ routes: { a: route(slow.url), b: route(slow.url), c: route(other.url) } });
    const underWay = ['a', 'b'].map((name) => post(running.url(name)));
    await expect.poll(() => slow.requests).toHaveLength(2);
    await running.reload({ routes: { a: route(other.url), c: route(other.url), d: route(other.url) } });
    const statusNow = async (name: string) => (await post(running.url(name))).status;
    expect([await statusNow('a'), await statusNow('b'), await statusNow('c'), await statusNow('d')]).toEqual([
      200, 404, 200, 200,
    ]);
    expect(other.requests).toHaveLength(3);
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([200, 200]);
    expect(running.factsOf('reloaded')).toMatchObject([{ changed: ['routes.a', 'routes.b', 'routes.d'] }]);
  });

  it('changes limits on connections, and names fields that are gone', async () => {
    const upstream = await scriptedUpstream(answerEmpty);
    const routes = { a: route(upstream.url) };
    const running = await runningGateway({ public_url: 'http://mcp.example.com', routes });
    await running.reload({ limits: { connections: 1 }, routes });
    expect(running.factsOf('reloaded')).toMatchObject([{ changed: ['public_url', 'limits'] }]);
    const { hostname, port } = new URL(running.gateway.url);
    const held = connect(Number(port), hostname);
    onTestFinished(() => void held.destroy());
    await once(held, 'connect');
    expect(await rawExchange(running.gateway.url, 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('');
  });

  it('a reload that cannot be done changes nothing', async () => {
    const upstream = await scriptedUpstream(answerEmpty);
    const running = await runningGateway({ routes: { a: route(upstream.url) } });
    const wrong = [
      { listen: { port: 1 }, routes: { b: route(upstream.url) } },
      { tls: { cert: 'missing.pem', key: 'missing.pem' }, routes: { b: route(upstream.url) } },
      { metrics: { listen: { port: 1 } }, routes: { b: route(upstream.url) } },
    ];
    for (const config of wrong) await expect(running.reload(config)).rejects.toThrow('needs a restart');
    expect((await post(running.url('a'), PING)).status).toBe(200);
    expect(running.factsOf('reloaded')).toEqual([]);
  });
});
