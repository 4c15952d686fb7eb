import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority, signLeaf } from '../../../src/proxy/certificates/authority.js';
import { createTokenCounter } from '../../../src/runtime/measure/token-counter.js';
import { errorReply, jsonReply, type Reply } from '../../../src/scripted/reply.js';
import { type ReceivedRequest, startScriptedApi } from '../../support/scripted-api.js';

const KEY = 'sk-ant-api03-of-the-user';
const REQUEST = { messages: [{ role: 'user', content: 'Hello' }] };
const never = new AbortController().signal;

async function counting(script: (n: number, request: ReceivedRequest) => Reply) {
  const at: number[] = [];
  const api = await startScriptedApi({
    script(request) {
      at.push(performance.now());
      return script(at.length, request);
    },
  });
  const counter = createTokenCounter({ key: KEY, url: new URL(`${api.url}/gateway/`) }, {});
  onTestFinished(async () => {
    counter.close();
    await api.close();
  });
  const count = (signal = never) => counter.count('claude-opus-5', REQUEST, signal);
  return { api, at, count };
}

const tokens = (count: number, headers = {}) => jsonReply(200, { input_tokens: count }, headers);
const limited = (headers: Record<string, string>) => {
  const reply = errorReply(429, 'rate_limit_error', 'Slow down.');
  return { ...reply, headers: { ...reply.headers, ...headers } };
};

describe('a token counter', () => {
  it('asks count_tokens of the API with the key of the user, and nothing else', async () => {
    const { api, count } = await counting(() => tokens(12));
    expect(await count()).toBe(12);
    const [{ method, path, headers, body } = expect.fail()] = api.received;
    expect([method, path]).toEqual(['POST', '/gateway/v1/messages/count_tokens']);
    expect(JSON.parse(body.toString())).toEqual({ model: 'claude-opus-5', ...REQUEST });
    expect(Object.fromEntries(headers)).toMatchObject({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' });
  });

  it('reaches an API at an IPv6 address', async () => {
    const server = createServer((_, response) => response.end('{"input_tokens": 5}'));
    onTestFinished(() => void server.close());
    server.listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const counter = createTokenCounter({ key: KEY, url: new URL(`http://[::1]:${port}`) }, {});
    onTestFinished(() => counter.close());
    expect(await counter.count('claude-opus-5', REQUEST, never)).toBe(5);
  });

  it('makes all requests wait for as long as the API asks', async () => {
    const { at, count } = await counting((n) => (n === 1 ? limited({ 'retry-after': '0.4' }) : tokens(n)));
    const first = count();
    await expect.poll(() => at.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await Promise.all([first, count(), count()])).toSorted()).toEqual([2, 3, 4]);
    expect(Math.min(...at.slice(1)) - (at[0] ?? 0)).toBeGreaterThan(390);
  });

  it('waits for the reset of a limit that is used up, before it is refused', async () => {
    const reset = new Date(Date.now() + 700).toISOString();
    const spent = { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': reset };
    const { api, count } = await counting((n) => tokens(n, n === 1 ? spent : {}));
    await count();
    await count();
    expect(api.received[1]?.at).toBeGreaterThanOrEqual(Date.parse(reset));
  });

  it('tries again after a failure of the API or of the connection', async () => {
    const { api, count } = await counting((n) => (n === 1 ? errorReply(529, 'overloaded_error', 'Busy.') : tokens(7)));
    expect(await count()).toBe(7);
    expect(api.received).toHaveLength(2);
  });

  it.each([
    { answer: errorReply(401, 'authentication_error', KEY), code: 'unauthorized', reason: 'authentication_error' },
    { answer: errorReply(404, 'not_found_error', 'model'), code: 'no_model', reason: 'not_found_error' },
    { answer: jsonReply(404, { detail: 'Not Found' }), code: 'no_api', reason: null },
    { answer: jsonReply(200, { page: 'x'.repeat(200_000) }), code: 'no_api', reason: null },
    { answer: errorReply(400, 'invalid_request_error', KEY), code: 'refused', reason: 'invalid_request_error' },
    { answer: limited({ 'retry-after': '86400' }), code: 'unavailable', reason: 'rate_limit_error' },
    { answer: jsonReply(302, {}, { location: 'http://127.0.0.1:1/' }), code: 'no_api', reason: null },
    { answer: jsonReply(200, { input_tokens: 0 }), code: 'no_api', reason: null },
    { answer: jsonReply(200, { input_tokens: 'many' }), code: 'no_api', reason: null },
    { answer: errorReply(418, `\u001b[31m${KEY}`, 'tea'), code: 'no_api', reason: null },
  ])('gives up at once: $answer.status is $code', async ({ answer, code, reason }) => {
    const { api, count } = await counting(() => answer);
    const error = await count().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'CountError', code, reason, status: answer.status });
    expect(String(error)).not.toContain(KEY);
    expect(api.received).toHaveLength(1);
  });

  it('gives up at once if the certificate cannot be trusted, and says so', async () => {
    const { certificatePem: cert, privateKeyPem: key } = signLeaf(
      createAuthority(['localhost']),
      'localhost',
      Date.now(),
    );
    const server = createTlsServer({ cert, key }, (_, response) => response.end('{"input_tokens": 5}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const counter = createTokenCounter({ key: KEY, url: new URL(`https://localhost:${port}`) }, {});
    onTestFinished(() => {
      counter.close();
      server.close();
    });
    await expect(counter.count('claude-opus-5', REQUEST, never)).rejects.toMatchObject({
      code: 'unavailable',
      reason: expect.stringContaining('certificate'),
    });
  });

  it('stops waiting when it is interrupted', async () => {
    const interrupt = new AbortController();
    const { at, count } = await counting(() => limited({ 'retry-after': '60' }));
    const counted = count(interrupt.signal);
    await expect.poll(() => at.length).toBe(1);
    interrupt.abort();
    await expect(counted).rejects.toThrow();
    expect(at).toHaveLength(1);
  });
});
