import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { post, rawUpstream, scriptedUpstream } from './support/raw-http.js';
import { runningGateway } from './support/running-gateway.js';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

async function through(url: string, limits: object = {}) {
  const running = await runningGateway({ routes: { a: { upstreams: [{ url }], limits } } });
  return { running, url: running.url('a') };
}

/** The client's view of a server that answers every request with some bytes, and then does something. */
async function answeredWith(bytes: string, after: 'end' | 'reset' | 'nothing', limits: object = {}) {
  const upstream = await rawUpstream((socket) => {
    socket.once('data', () => {
      socket.write(bytes);
      if (after === 'end') socket.end();
      if (after === 'reset') setTimeout(() => socket.resetAndDestroy(), 20);
    });
  });
  const { running, url } = await through(upstream, limits);
  const response = await post(url);
  const text = await response.text().catch(() => 'cut off');
  await expect.poll(() => running.factsOf('request_ended')).toHaveLength(1);
  return {
    status: response.status,
    text,
    outcome: running.factsOf('request_ended')[0]?.outcome,
    // The same for each attempt.
    kinds: [...new Set(running.factsOf('upstream_error').map(({ kind }) => kind))],
  };
}

/** Writes without an end, as fast as it is read. */
function writeOn(response: ServerResponse, chunk: Buffer, onWritten: (bytes: number) => void = () => {}): void {
  const write = () => {
    while (!response.destroyed && response.write(chunk)) onWritten(chunk.length);
  };
  response.on('drain', write);
  write();
}

describe('faults of a server', () => {
  it('a server that cannot be reached is a bad gateway, with an error that has the id of the request', async () => {
    const { running, url } = await through('http://127.0.0.1:1/mcp');
    const response = await post(url);
    expect([response.status, await response.json()]).toMatchObject([502, { id: 1, error: { code: -32000 } }]);
    const refused = { kind: 'refused', route: 'a', upstream: 'u1' };
    expect(running.factsOf('upstream_error')).toMatchObject([refused, refused, refused]);
  });

  it('a server that cannot be reached costs the client the limit, also while it is asked again later', async () => {
    const upstreams = [{ url: 'http://127.0.0.1:1/mcp' }];
    const config = { upstreams, limits: { first_byte: '100ms' }, retries: { max: 5, backoff: '10s' } };
    const running = await runningGateway({ routes: { a: config } });
    expect((await post(running.url('a'))).status).toBe(504);
    expect(running.factsOf('upstream_error')).toMatchObject([{ kind: 'refused' }, { kind: 'timeout' }]);
    expect(running.factsOf('upstream_answered').every(({ durationMs }) => durationMs >= 0)).toBe(true);
  });

  it('a server that never answers: the client gets an error after the limit', async () => {
    const limits = { first_byte: '100ms' };
    expect(await answeredWith('', 'nothing', limits)).toMatchObject({
      status: 504,
      outcome: 'timeout',
      kinds: ['timeout'],
    });
    expect(await answeredWith('HTTP/1.1 200 OK\r\nConte', 'nothing', limits)).toMatchObject({ status: 504 });
  });

  it.each([
    ['closes without an answer', '', 'end', 502, 'reset'],
    ['resets', '', 'reset', 502, 'reset'],
    ['sends bytes that are not HTTP', 'hello\r\n\r\n', 'end', 502, 'malformed'],
    ['has too many headers', `${HEAD}${`X: ${'a'.repeat(1_000)}\r\n`.repeat(40)}\r\n`, 'nothing', 502, 'malformed'],
    [
      'refuses the gateway',
      'HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n',
      'end',
      502,
      'malformed',
    ],
    [
      'redirects',
      'HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n',
      'end',
      502,
      'malformed',
    ],
  ] as const)('a server that %s is a bad gateway', async (_what, bytes, after, status, kind) => {
    expect(await answeredWith(bytes, after)).toMatchObject({ status, outcome: 'upstream_error', kinds: [kind] });
  });

  it.each([
    ['half of its length', `${HEAD}Content-Length: 100\r\n\r\n{"jsonrpc"`, 'end'],
    ['half a chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n64\r\n{"jsonrpc"`, 'end'],
    ['no last chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`, 'reset'],
  ] as const)(
    'a server that ends after %s has not answered in full, and the client sees it',
    async (_what, bytes, after) => {
      expect(await answeredWith(bytes, after)).toMatchObject({
        status: 200,
        text: 'cut off',
        outcome: 'cut_off',
        kinds: ['reset'],
      });
    },
  );

  it('a server that answers too early is believed', async () => {
    expect(await answeredWith(`${HEAD}Content-Length: 2\r\n\r\n{}`, 'end')).toMatchObject({
      status: 200,
      text: '{}',
      outcome: 'ok',
    });
  });

  it('a server that stops in the middle of its answer is cut off after the limit', async () => {
    const answer = await answeredWith(`${HEAD}Content-Length: 100\r\n\r\n{`, 'nothing', { stream_idle: '1s' });
    expect(answer).toMatchObject({ status: 200, text: 'cut off', kinds: ['timeout'] });
  });

  it('a server that sends without end is cut off at the limit, and takes no memory until then', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    const upstream = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      writeOn(response, chunk);
    });
    const { running, url } = await through(upstream.url, { response: '200MB' });
    const before = process.memoryUsage().rss;
    const response = await post(url);
    let size = 0;
    const read = async () => {
      for await (const part of response.body ?? []) size += part.length;
    };
    await expect(read()).rejects.toThrow();
    expect(size).toBeGreaterThan(190 * 1024 * 1024);
    expect(size).toBeLessThanOrEqual(200 * 1024 * 1024);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    expect(running.factsOf('upstream_error')).toMatchObject([{ kind: 'too_large' }]);
  });

  it('a client that does not read does not fill the memory of the gateway', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, 'a');
    const upstream = await scriptedUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      writeOn(response, chunk, (bytes) => {
        sent += bytes;
      });
    });
    const { url } = await through(upstream.url);
    const left = new AbortController();
    await fetch(url, {
      method: 'POST',
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      headers: { 'content-type': 'application/json', accept: '*/*' },
      signal: left.signal,
    });
    await expect
      .poll(async () => {
        const before = sent;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return sent - before;
      })
      .toBe(0);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    left.abort();
  });
});
