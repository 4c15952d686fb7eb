import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { answerEmpty, MCP_HEADERS, PING, post, rawExchange, scriptedUpstream, statusOf } from './support/raw-http.js';
import { type RunningGateway, runningGateway } from './support/running-gateway.js';

async function started(more: object = {}) {
  const upstream = await scriptedUpstream(answerEmpty);
  const running = await runningGateway({ routes: { a: { upstreams: [{ url: upstream.url }] } }, ...more });
  return { upstream, running, url: running.url('a') };
}

/** `fetch` does not let its caller choose Host. */
function asHost(url: string, headers: Record<string, string>, path = '/mcp/a'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', path, headers: { ...MCP_HEADERS, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(PING);
  });
}

function rawPost(running: RunningGateway, headers: string, body: string = PING): Promise<string> {
  const accept = 'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n';
  return rawExchange(running.gateway.url, `POST /mcp/a HTTP/1.1\r\n${accept}${headers}\r\n${body}`);
}

describe('the gateway', () => {
  it('passes on what MCP needs, and neither credentials nor cookies', async () => {
    const { upstream, url } = await started();
    const secret = {
      authorization: 'Bearer secret',
      cookie: 'a=secret',
      'proxy-authorization': 'Basic secret',
      'x-api-key': 'secret',
    };
    const response = await post(url, PING, { ...secret, 'mcp-protocol-version': '2025-06-18', 'last-event-id': '7' });
    expect([response.status, await response.json()]).toEqual([200, { jsonrpc: '2.0', id: 1, result: {} }]);
    const [{ headers = {}, body } = {}] = upstream.requests;
    expect(body).toBe(PING);
    expect(headers).toMatchObject({
      'mcp-protocol-version': '2025-06-18',
      'last-event-id': '7',
      accept: MCP_HEADERS.accept,
    });
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(JSON.stringify(headers)).not.toContain('secret');
  });

  it('passes on no cookie, challenge or other header of upstream', async () => {
    const upstream = await scriptedUpstream((response, request) => {
      response.setHeader('set-cookie', 'a=1').setHeader('www-authenticate', 'Bearer').setHeader('server', 'secret/1.0');
      answerEmpty(response, request);
    });
    const running = await runningGateway({ routes: { a: { upstreams: [{ url: upstream.url }] } } });
    const { headers } = await post(running.url('a'));
    expect([headers.get('set-cookie'), headers.get('www-authenticate'), headers.get('server')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each([
    ['an unknown route', '/mcp/b'],
    ['a path below a route', '/mcp/a/b'],
    ['a slash more', '/mcp//a'],
    ['a slash at the end', '/mcp/a/'],
    ['dots', '/mcp/../mcp/a'],
    ['encoded dots', '/mcp/%2e%2e/mcp/a'],
    ['an encoded letter', '/mcp/%61'],
    ['an encoded slash', '/mcp%2fa'],
    ['a backslash', '/mcp\\a'],
    ['another case', '/MCP/a'],
    ['a parameter of the path', '/mcp/a;b'],
    ['a null byte', '/mcp/a%00'],
    ['an absolute URL', 'http://127.0.0.1/mcp/a'],
  ])('knows exact paths only: %s', async (_what, path) => {
    const { upstream, running } = await started();
    const received = await rawExchange(
      running.gateway.url,
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    expect([400, 404]).toContain(statusOf(received));
    expect(upstream.requests).toEqual([]);
  });

  it('refuses unknown hosts, and pages of other sites', async () => {
    const { running, upstream } = await started({ hosts: ['mcp.example.com'], origins: ['https://app.example.com'] });
    const { port } = new URL(running.gateway.url);
    const status = (headers: Record<string, string>) => asHost(running.gateway.url, headers);
    expect(await status({ host: `localhost:${port}` })).toBe(200);
    expect(await status({ host: 'mcp.example.com' })).toBe(200);
    expect(await status({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(200);
    expect(await status({ host: 'mcp.example.com', origin: 'https://app.example.com' })).toBe(200);
    const allowed = upstream.requests.length;
    for (const headers of [
      { host: 'evil.example' },
      { host: 'localhost.evil.example' },
      { host: 'localhost@evil.example' },
      { host: 'localhost', origin: 'https://evil.example' },
      { host: 'localhost', origin: 'http://localhost.evil.example' },
      { host: 'localhost', origin: 'null' },
      { host: 'localhost', 'sec-fetch-site': 'cross-site' },
    ]) {
      expect({ headers, status: await status(headers) }).toEqual({ headers, status: 403 });
    }
    expect(upstream.requests).toHaveLength(allowed);
  });

  it('lets configured pages read answers, after a preflight', async () => {
    const { url } = await started({ origins: ['https://app.example.com'] });
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://app.example.com',
    ]);
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(405);
  });

  it('lets configured pages send API keys and arguments in headers', async () => {
    const { url } = await started({ origins: ['https://app.example.com'] });
    const asked = 'content-type, x-api-key,mcp-param-city, Mcp-Param-Zip, mcp-param-, mcp-param-a b, x-other, cookie';
    const headers = { origin: 'https://app.example.com', 'access-control-request-headers': asked };
    const answer = await fetch(url, { method: 'OPTIONS', headers });
    const allowed = answer.headers.get('access-control-allow-headers')?.split(', ') ?? [];
    expect(allowed).toContain('x-api-key');
    expect(
      allowed.filter(
        (name) => !/^(?:authorization|x-api-key|content-type|accept|last-event-id|mcp-(?!param))/.test(name),
      ),
    ).toEqual(['mcp-param-city', 'Mcp-Param-Zip']);
  });

  it.each([
    ['both lengths', 'Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'],
    ['two lengths', `Host: localhost\r\nContent-Length: ${PING.length}\r\nContent-Length: 3\r\n`],
    ['equal lengths twice', `Host: localhost\r\nContent-Length: ${PING.length}\r\nContent-Length: ${PING.length}\r\n`],
    ['a list of lengths', `Host: localhost\r\nContent-Length: ${PING.length}, ${PING.length}\r\n`],
    ['a signed length', `Host: localhost\r\nContent-Length: +${PING.length}\r\n`],
    ['a blank before the colon', `Host: localhost\r\nContent-Length : ${PING.length}\r\n`],
    ['an obsolete line fold', `Host: localhost\r\nX: a\r\n b\r\nContent-Length: ${PING.length}\r\n`],
    ['an unknown coding', 'Host: localhost\r\nTransfer-Encoding: xchunked\r\n', '0\r\n\r\n'],
    ['chunked not last', 'Host: localhost\r\nTransfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'],
    ['codings twice', 'Host: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'],
    ['an invalid length of a chunk', 'Host: localhost\r\nTransfer-Encoding: chunked\r\n', 'zz\r\n\r\n'],
    ['two hosts', `Host: localhost\r\nHost: evil.example\r\nContent-Length: ${PING.length}\r\n`],
    ['no host', `Content-Length: ${PING.length}\r\n`],
    ['two sessions', `Host: localhost\r\nMcp-Session-Id: a\r\nMcp-Session-Id: b\r\nContent-Length: ${PING.length}\r\n`],
    [
      'two credentials',
      `Host: localhost\r\nAuthorization: a\r\nAuthorization: b\r\nContent-Length: ${PING.length}\r\n`,
    ],
    ['a null byte in a header', `Host: localhost\r\nX: a\0b\r\nContent-Length: ${PING.length}\r\n`],
  ])('refuses what servers may read in two ways: %s', async (_what, headers, body = PING) => {
    const { running, upstream } = await started();
    const received = await rawPost(running, `Connection: close\r\n${headers}`, body);
    expect(statusOf(received)).toBe(400);
    expect(received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(upstream.requests).toEqual([]);
  });

  it('refuses a body of GET, which some servers would read as another request', async () => {
    const { running, upstream } = await started();
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const received = await rawExchange(
      running.gateway.url,
      `GET /mcp/a HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    );
    expect(statusOf(received)).toBe(400);
    expect(received).not.toContain('ok\n');
    expect(upstream.requests).toEqual([]);
  });

  it('a body of 10 MB is accepted, one that is a byte longer is not, by length or in chunks', async () => {
    const { url, upstream } = await started();
    const body = (bytes: number) => {
      const frame = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":""}}';
      return frame.replace('""', `"${'a'.repeat(bytes - frame.length)}"`);
    };
    const limit = 10 * 1024 * 1024;
    expect((await post(url, body(limit))).status).toBe(200);
    const refused = await post(url, body(limit + 1));
    expect([refused.status, await refused.json()]).toMatchObject([413, { error: { code: -32600 } }]);
    const chunked = await fetch(url, {
      method: 'POST',
      headers: MCP_HEADERS,
      body: new Blob([body(limit + 1)]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(upstream.requests).toHaveLength(1);
  });

  it('a flood of headers, and requests that arrive too slowly, are refused', async () => {
    const { running, upstream } = await started({ limits: { headers_timeout: '500ms', request_timeout: '500ms' } });
    const flood = Array.from({ length: 2_000 }, (_, index) => `X-${index}: ${'a'.repeat(20)}\r\n`).join('');
    expect(statusOf(await rawPost(running, `Host: localhost\r\n${flood}`))).toBe(431);
    const received = await Promise.all([
      rawExchange(running.gateway.url, 'POST /mcp/a HTTP/1.1\r\nHost: loc'),
      rawPost(running, 'Host: localhost\r\nContent-Length: 1000\r\n', '{"jsonrpc"'),
    ]);
    expect(received.map(statusOf)).toEqual([408, 408]);
    expect(upstream.requests).toEqual([]);
  });

  it('finds the address of a client only through proxies that it trusts', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.1.2.3' };
    const ips = [];
    for (const trusted_proxies of [[], ['127.0.0.1'], ['127.0.0.1', '10.0.0.0/8']]) {
      const { url, running } = await started({ trusted_proxies });
      await (await post(url, PING, forwarded)).text();
      ips.push(running.factsOf('request_started')[0]?.ip);
    }
    expect(ips).toEqual(['127.0.0.1', '10.1.2.3', '198.51.100.7']);
  });
});
