import { describe, expect, it } from 'vitest';
import { answerEmpty, PING, post, scriptedUpstream } from './support/raw-http.js';
import { runningGateway } from './support/running-gateway.js';

const MODERN = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
const CALL = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'add', _meta: MODERN } });
const OLD_CALL = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'add' } });
const CALL_HEADERS = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'add' };

async function started() {
  const upstream = await scriptedUpstream(answerEmpty);
  const running = await runningGateway({ routes: { a: { upstreams: [{ url: upstream.url }] } } });
  return { upstream, running, url: running.url('a') };
}

describe('a message', () => {
  it.each<[string, string, Record<string, string>, number, number | null]>([
    ['of another content type', PING, { 'content-type': 'text/plain' }, 415, -32600],
    ['of a type that only begins so', PING, { 'content-type': 'application/json-seq' }, 415, -32600],
    ...[
      'charset=utf-7',
      'charset=utf-8; charset=utf-7',
      'charset = utf-16le',
      'x="; charset=utf-7"',
      'charset*=utf-7',
    ].map((parameter): [string, string, Record<string, string>, number, number] => [
      `whose type says ${parameter}`,
      PING,
      { 'content-type': `application/json; ${parameter}` },
      415,
      -32600,
    ]),
    ['that is compressed', PING, { 'content-encoding': 'gzip' }, 415, -32600],
    ['whose client accepts neither JSON nor events', PING, { accept: 'text/html' }, 406, -32000],
    ['with an invalid version', PING, { 'mcp-protocol-version': '2025 06' }, 400, -32000],
    ['that is empty', '', {}, 400, -32700],
    ['that is not JSON', '{"jsonrpc":', {}, 400, -32700],
    ['that is not JSON-RPC', '{"hello":1}', {}, 400, -32700],
    ['with an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}', {}, 400, -32700],
    ['with a field twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', {}, 400, -32600],
    ['with a field in two cases', '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', {}, 400, -32600],
    [
      'with a name twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
      {},
      400,
      -32600,
    ],
    ...[
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"a"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","Params":{"name":"a"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"param\u017f":{"name":"b"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","param\\u017f":{"name":"b"}}',
      '{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","method":"ping"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Arguments":{}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"path":"a","Path":"b"}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"path":"a","p\\u0061th":"b"}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"in":[{"x":{"y":1,"y":2}}]}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","_meta":{"k":1,"k":2}}}',
      '{"jsonrpc":"2.0","id":1,"Result":{},"result":{}}',
    ].map((text): [string, string, Record<string, string>, number, number] => [
      `that a server may read as another one: ${text}`,
      text,
      {},
      400,
      -32600,
    ]),
    ['of an old revision that claims another name', OLD_CALL, { 'mcp-name': 'remove' }, 400, -32020],
    ['with more messages than a batch may have', `[${Array(1_001).fill(PING).join(',')}]`, {}, 413, -32600],
    [
      'with too many parts',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[${'1,'.repeat(1_100_000)}1]}}`,
      {},
      413,
      -32600,
    ],
    ['whose Mcp-Method is another', CALL, { ...CALL_HEADERS, 'mcp-method': 'tools/list' }, 400, -32020],
    ['whose Mcp-Name is another', CALL, { ...CALL_HEADERS, 'mcp-name': 'remove' }, 400, -32020],
    ['whose version is another', CALL, { ...CALL_HEADERS, 'mcp-protocol-version': '2025-11-25' }, 400, -32020],
    ['without the headers of its revision', CALL, {}, 400, -32020],
    ['of an old revision that claims another method', PING, { 'mcp-method': 'tools/list' }, 400, -32020],
  ])('%s is refused before it goes upstream', async (_what, body, headers, status, code) => {
    const { upstream, running, url } = await started();
    const response = await post(url, body, headers);
    expect([response.status, await response.json()]).toMatchObject([status, { jsonrpc: '2.0', error: { code } }]);
    expect(upstream.requests).toEqual([]);
    await expect
      .poll(() => running.factsOf('request_ended'))
      .toMatchObject([{ status, outcome: 'refused', route: 'a' }]);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"', 'application/json; version=1'])(
    'of type %s goes upstream',
    async (type) => {
      const { upstream, url } = await started();
      expect((await post(url, PING, { 'content-type': type })).status).toBe(200);
      expect(upstream.requests).toHaveLength(1);
    },
  );

  it.each([
    [
      'field names that differ only in case, deep in its arguments',
      { name: 'add', arguments: { map: { a: 1, A: 2 } } },
    ],
    [
      'colons and quotes in texts',
      { name: 'add', arguments: { text: 'a: "b": {"c": 1}, \\": ', list: ['x:y', { z: null }] } },
    ],
    ['arguments that have names of the protocol', { name: 'add', arguments: { Name: 'b', Method: 'c' } }],
    ['a field __proto__', { name: 'add', arguments: JSON.parse('{"__proto__":{"a":1},"constructor":2}') }],
  ])('with %s goes upstream', async (_what, params) => {
    const { upstream, url } = await started();
    const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params });
    expect((await post(url, body, { 'mcp-name': 'add' })).status).toBe(200);
    expect(upstream.requests).toMatchObject([{ body }]);
  });

  it('of more than 16 MB is refused with the limit', async () => {
    const upstream = await scriptedUpstream(answerEmpty);
    const routes = { a: { upstreams: [{ url: upstream.url }], limits: { body: '32MB' } } };
    const running = await runningGateway({ routes });
    const params = { name: 'add', arguments: { text: 'x'.repeat(17 * 1024 ** 2) } };
    const response = await post(
      running.url('a'),
      JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }),
    );
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('at most 16 MB')]);
    expect(upstream.requests).toEqual([]);
  });

  it('cannot put its own value beside a header of the configuration', async () => {
    const upstream = await scriptedUpstream(answerEmpty);
    const headers = { 'Mcp-Tenant': 'acme', 'User-Agent': 'gateway' };
    const running = await runningGateway({ routes: { a: { upstreams: [{ url: upstream.url, headers }] } } });
    await (await post(running.url('a'), PING, { 'mcp-tenant': 'other', 'mcp-trace': 'on', 'user-agent': 'x' })).text();
    expect(upstream.requests[0]?.headers).toMatchObject({
      'mcp-tenant': 'acme',
      'mcp-trace': 'on',
      'user-agent': 'gateway',
    });
  });

  it('whose headers fit goes upstream as the bytes that came, and its end is reported', async () => {
    const { upstream, running, url } = await started();
    const spaced = CALL.replaceAll(':', ' : ');
    await (await post(url, spaced, CALL_HEADERS)).text();
    expect(upstream.requests).toMatchObject([{ body: spaced, headers: CALL_HEADERS }]);
    await expect
      .poll(() => running.factsOf('request_ended'))
      .toMatchObject([
        {
          route: 'a',
          upstream: 'u1',
          method: 'tools/call',
          tool: 'add',
          status: 200,
          outcome: 'ok',
          bytesIn: spaced.length,
        },
      ]);
  });

  it('continues the trace of its client, that of its _meta first', async () => {
    const { upstream, running, url } = await started();
    const [header, meta] = ['a', 'b'].map((digit) => `00-${digit.repeat(32)}-${'c'.repeat(16)}-01`);
    await (await post(url, PING, { traceparent: String(header) })).text();
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta: { traceparent: meta } } });
    await (await post(url, body, { traceparent: String(header) })).text();
    const sent = upstream.requests.map(({ headers }) => String(headers.traceparent));
    expect(sent.map((each) => each.replace(/-[0-9a-f]{16}-/, '-'))).toEqual([
      `00-${'a'.repeat(32)}-01`,
      `00-${'b'.repeat(32)}-01`,
    ]);
    // Upstream's parent is the attempt, whose parent is the gateway's span.
    const attempts = running.factsOf('upstream_answered').map(({ spanId }) => spanId);
    expect(sent.map((each) => each.split('-')[2])).toEqual(attempts);
    expect(running.factsOf('upstream_answered')[0]?.trace.parentId).toBe('c'.repeat(16));
  });
});
