import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../../src/wire/index.js';
import { storedZstd } from '../../wire/content/support/zstd-frames.js';
import {
  EVENT_STREAM,
  event,
  JSON_TYPE,
  play,
  recorded,
  request,
  response,
  responseBody,
  responseEnd,
  responseHead,
} from './support/recorded.js';

const rpc = (message: object) => ({ jsonrpc: '2.0', ...message });
const OK = { content: [{ type: 'text', text: 'four' }] };
const INITIALIZE = rpc({ id: 0, method: 'initialize', params: { clientInfo: { name: 'claude-code', version: '2' } } });
const INITIALIZED = rpc({ id: 0, result: { protocolVersion: '2025-11-25', serverInfo: { name: 's', version: '1' } } });
const SESSION: [string, string][] = [['Mcp-Session-Id', 'session-1']];
const MODERN = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };

function call(id: string | number, meta: object = {}, params: object = {}) {
  return rpc({
    id,
    method: 'tools/call',
    params: { name: 'add', _meta: { 'claudecode/toolUseId': `toolu_${id}`, ...meta }, ...params },
  });
}

describe('Streamable HTTP with a session', () => {
  const opening = () => [
    ...request({ id: 'x01', body: INITIALIZE }),
    ...response('x01', { headers: [...JSON_TYPE, ...SESSION], chunks: [JSON.stringify(INITIALIZED)] }),
    ...request({ id: 'x02', headers: SESSION, body: rpc({ method: 'notifications/initialized' }) }),
    ...response('x02', { status: 202, headers: [] }),
  ];

  it('is one connection, from initialize to DELETE', () => {
    const made = recorded();
    play(
      made,
      ...opening(),
      ...request({ id: 'x03', headers: SESSION, body: call(1) }),
      ...response('x03', { chunks: [JSON.stringify(rpc({ id: 1, result: OK }))] }),
    );
    const [connection, ...others] = made.connections();
    expect(others).toEqual([]);
    expect(connection).toMatchObject({
      name: 'sums',
      scope: 'project',
      transport: 'http',
      target: 'https://mcp.example/mcp',
      era: 'legacy',
      protocol: '2025-11-25',
      client: { name: 'claude-code' },
      server: { name: 's' },
      endedAt: null,
    });
    expect(connection?.readyAt).toBeGreaterThan(connection?.startedAt ?? 0);
    expect(made.said()).toEqual([
      'client request initialize',
      'server response initialize',
      'client notification notifications/initialized',
      'client request tools/call',
      'server response tools/call',
    ]);
    expect(made.messages().map(({ exchange }) => exchange)).toEqual(['x01', 'x01', 'x02', 'x03', 'x03']);
    expect(made.calls()).toMatchObject([{ state: 'ok', toolUseId: 'toolu_1', tokensSaid: 4 }]);
    expect(made.jobs.every(({ record }) => record === null)).toBe(true);
    play(made, ...request({ id: 'x04', method: 'DELETE', headers: SESSION }), ...response('x04'));
    expect(made.connections()).toMatchObject([{ id: connection?.id, exit: null, endedAt: expect.any(Number) }]);
  });

  it('gives the same rows when its events are read again', () => {
    const events = opening();
    const [first, second] = [recorded(), recorded()];
    play(first, ...events);
    play(second, ...events);
    expect(second.jobs).toEqual(first.jobs);
  });

  it('includes the modern request that the server refused before', () => {
    const made = recorded();
    play(
      made,
      ...request({ id: 'x00', body: rpc({ id: 'd', method: 'server/discover', params: { _meta: MODERN } }) }),
      ...response('x00', {
        status: 400,
        chunks: [JSON.stringify(rpc({ id: null, error: { code: -32000, message: 'no session' } }))],
      }),
      ...opening(),
    );
    expect(made.connections()).toMatchObject([{ era: 'legacy' }]);
    expect(made.messages()).toHaveLength(5);
  });

  it('is another connection for another initialize, also in the same run', () => {
    const made = recorded();
    const other: [string, string][] = [['mcp-session-id', 'session-2']];
    play(
      made,
      ...opening(),
      ...request({ id: 'x11', body: INITIALIZE }),
      ...response('x11', { headers: [...JSON_TYPE, ...other], chunks: [JSON.stringify(INITIALIZED)] }),
      ...request({ id: 'x12', headers: other, body: call(1) }),
      ...request({ id: 'x13', headers: SESSION, body: call(1) }),
      ...response('x13', { chunks: [JSON.stringify(rpc({ id: 1, error: { code: 1, message: 'no' } }))] }),
      ...response('x12', { chunks: [JSON.stringify(rpc({ id: 1, result: OK }))] }),
    );
    expect(made.connections()).toHaveLength(2);
    expect(made.calls().map(({ state }) => state)).toEqual(['ok', 'rpc_error']);
    expect(new Set(made.calls().map(({ connectionId }) => connectionId)).size).toBe(2);
  });

  it('ends when the server does not know it any longer', () => {
    const made = recorded();
    play(made, ...opening(), ...request({ id: 'x03', headers: SESSION, body: call(1) }));
    play(made, ...response('x03', { status: 404, headers: [], chunks: ['Session not found'] }));
    expect(made.connections()).toMatchObject([{ endedAt: expect.any(Number) }]);
    expect(made.calls()).toMatchObject([{ state: 'rpc_error', answer: null }]);
  });

  it.each([
    ['a request that the server does not know', 'POST', 404],
    ['a DELETE that the server refuses', 'DELETE', 405],
  ])('goes on with the client after %s: what is open at the end is interrupted', (_what, method, status) => {
    const made = recorded();
    const body = method === 'POST' ? call(1) : undefined;
    play(made, ...opening(), ...request({ id: 'x03', method, headers: SESSION, body }));
    play(made, ...response('x03', { status, headers: [], chunks: ['no'] }));
    play(made, ...request({ id: 'x04', headers: SESSION, body: call(2) }));
    made.recorder.finish(1_000);
    expect(made.connections()).toMatchObject([{ endedAt: 1_000 }]);
    expect(made.calls().at(-1)).toMatchObject({ toolUseId: 'toolu_2', state: 'interrupted' });
  });

  it('has the messages of its streams while they are open, and answers in both directions', () => {
    const made = recorded();
    play(
      made,
      ...opening(),
      ...request({ id: 'x03', method: 'GET', headers: SESSION }),
      responseHead('x03', { headers: EVENT_STREAM }),
    );
    play(
      made,
      responseBody('x03', `: hello\n\nid: 1\ndata:\n\n${event(rpc({ id: 0, method: 'roots/list' }), 'message')}`),
    );
    expect(made.said().at(-1)).toBe('server request roots/list');
    play(made, ...request({ id: 'x04', headers: SESSION, body: rpc({ id: 0, result: { roots: [] } }) }));
    expect(made.said().at(-1)).toBe('client response roots/list');
    play(
      made,
      ...request({ id: 'x05', headers: SESSION, body: call(1, { progressToken: 1 }) }),
      responseHead('x05', { headers: EVENT_STREAM }),
    );
    play(
      made,
      responseBody('x05', event(rpc({ method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }))),
    );
    expect(made.calls()).toMatchObject([{ state: 'open', firstProgressAt: expect.any(Number) }]);
    // The stream breaks, and is resumed by another exchange.
    play(made, ...responseEnd('x05', { outcome: 'failed' }));
    expect(made.calls()).toMatchObject([{ state: 'open' }]);
    play(made, responseBody('x03', event(rpc({ id: 1, result: OK }))));
    expect(made.calls()).toMatchObject([{ state: 'ok' }]);
    expect(made.connections()).toHaveLength(1);
  });
});

describe('Streamable HTTP without a session', () => {
  it('is one connection of a run, and modern', () => {
    const made = recorded();
    for (const [index, id] of ['x01', 'x02'].entries()) {
      const info = { 'io.modelcontextprotocol/serverInfo': { name: 's', version: '3' } };
      play(
        made,
        ...request({
          id,
          headers: [
            ['Mcp-Method', 'tools/call'],
            ['Mcp-Name', 'add'],
          ],
          body: call(1, MODERN),
        }),
        ...response(id, {
          chunks: [JSON.stringify(rpc({ id: 1, result: { resultType: 'complete', ...OK, _meta: info } }))],
        }),
      );
      expect(made.calls()).toHaveLength(index + 1);
    }
    expect(made.connections()).toMatchObject([
      { era: 'modern', protocol: '2026-07-28', server: { name: 's', version: '3' } },
    ]);
    expect(made.calls().map(({ state }) => state)).toEqual(['ok', 'ok']);
    made.recorder.finish(1e6);
    expect(made.connections()).toMatchObject([{ endedAt: 1e6 }]);
  });

  it('listens to subscriptions while the stream is open', () => {
    const made = recorded();
    const listen = rpc({
      id: 7,
      method: 'subscriptions/listen',
      params: { _meta: MODERN, notifications: { toolsListChanged: true } },
    });
    play(made, ...request({ id: 'x01', body: listen }), responseHead('x01', { headers: EVENT_STREAM }));
    play(made, responseBody('x01', event(rpc({ method: 'notifications/subscriptions/acknowledged' }))));
    play(made, responseBody('x01', event(rpc({ method: 'notifications/tools/list_changed' })).slice(0, 20)));
    expect(made.said()).toHaveLength(2);
    play(made, responseBody('x01', event(rpc({ method: 'notifications/tools/list_changed' })).slice(20)));
    expect(made.said()).toEqual([
      'client request subscriptions/listen',
      'server notification notifications/subscriptions/acknowledged',
      'server notification notifications/tools/list_changed',
    ]);
    play(made, responseBody('x01', event(rpc({ id: 7, result: { resultType: 'complete' } }))), ...responseEnd('x01'));
    expect(made.said().at(-1)).toBe('server response subscriptions/listen');
  });

  it('is cancelled where the client closes the stream', () => {
    const made = recorded();
    play(made, ...request({ id: 'x01', body: call(1, MODERN) }), responseHead('x01', { headers: EVENT_STREAM }));
    play(made, ...responseEnd('x01', { outcome: 'aborted' }));
    expect(made.calls()).toMatchObject([{ state: 'cancelled' }]);
  });

  it('joins a retry with more input', () => {
    const made = recorded();
    const meta = { ...MODERN, 'claudecode/toolUseId': 'toolu_1' };
    const retry = call(2, meta, { requestState: 'S', inputResponses: {} });
    play(made, ...request({ id: 'x01', body: call(1, MODERN) }));
    play(
      made,
      ...response('x01', {
        chunks: [JSON.stringify(rpc({ id: 1, result: { resultType: 'input_required', requestState: 'S' } }))],
      }),
    );
    expect(made.calls()).toMatchObject([{ state: 'open' }]);
    play(made, ...request({ id: 'x02', body: retry }));
    play(
      made,
      ...response('x02', { chunks: [JSON.stringify(rpc({ id: 2, result: { resultType: 'complete', ...OK } }))] }),
    );
    expect(made.calls()).toMatchObject([{ state: 'ok', toolUseId: 'toolu_1' }]);
  });

  it('is refused with an error of HTTP, or without any response', () => {
    const made = recorded();
    play(
      made,
      ...request({ id: 'x01', body: call(1) }),
      ...response('x01', { status: 401, chunks: ['{"error":{"code":"invalid_token"}}'] }),
    );
    play(made, ...request({ id: 'x02', body: call(2) }), ...responseEnd('x02', { outcome: 'failed' }));
    expect(made.calls().map(({ state, answer }) => [state, answer])).toEqual([
      ['rpc_error', null],
      ['rpc_error', null],
    ]);
    expect(made.said()).toEqual(['client request tools/call', 'client request tools/call']);
  });

  it('keeps batches, and what is no message', () => {
    const made = recorded();
    play(made, ...request({ id: 'x01', body: [call(1), call(2), rpc({ method: 'notifications/x' })] }));
    play(
      made,
      ...response('x01', { chunks: [JSON.stringify([rpc({ id: 2, result: OK }), rpc({ id: 1, result: OK })])] }),
    );
    play(made, ...request({ id: 'x02', body: 'no JSON' }), ...response('x02', { chunks: ['{"half":'] }));
    expect(made.calls().map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(made.said().slice(-2)).toEqual(['client malformed null', 'server malformed null']);
    expect(new Set(made.messages().map(({ id }) => id)).size).toBe(7);
  });

  it('does not take other requests to the host for messages', () => {
    const made = recorded();
    const plain: [string, string][] = [['Content-Type', 'application/json']];
    const withoutAccept = (events: HttpEvent[]) =>
      events.map((each) => (each.type === 'request_head' ? { ...each, headers: plain } : each));
    play(
      made,
      ...withoutAccept(request({ id: 'x01', body: { client_name: 'c' } })),
      ...response('x01', { chunks: ['{"client_id":"1"}'] }),
    );
    play(
      made,
      ...withoutAccept(request({ id: 'x02', method: 'GET' })),
      ...response('x02', { chunks: ['{"issuer":"x"}'] }),
    );
    play(made, ...request({ id: 'x03', method: 'OPTIONS' }), ...response('x03'));
    expect(made.jobs).toEqual([]);
  });
});

describe('a connector of claude.ai', () => {
  it('has the name of the list that Claude Code asks for', () => {
    const made = recorded({ excluded: 'claude.ai Notion' });
    const list = { data: [{ id: 'mcpsrv_1', display_name: 'Notion', url: 'https://notion' }, { id: 2 }, 'x'] };
    const at = (host: string, events: HttpEvent[]) =>
      events.map((each) => (each.type === 'request_head' ? { ...each, host } : each));
    play(made, ...at('api.anthropic.com', request({ id: 'x01', method: 'GET', target: '/v1/mcp_servers?limit=1000' })));
    const [head, ...rest] = response('x01', {
      headers: [...JSON_TYPE, ['Content-Encoding', 'gzip']],
      chunks: [zlib.gzipSync(JSON.stringify(list))],
    });
    if (head) play(made, head, ...rest);
    expect(made.jobs).toEqual([]);
    for (const id of ['mcpsrv_1', 'mcpsrv_2']) {
      const target = `/v1/mcp/${id}`;
      play(made, ...at('mcp-proxy.anthropic.com', request({ id, target, body: call(1) })));
      play(made, ...response(id, { chunks: [JSON.stringify(rpc({ id: 1, result: OK }))] }));
    }
    const excluded = ['mcpsrv_1', 'mcpsrv_2'].map((id) => {
      const [head] = at('mcp-proxy.anthropic.com', request({ id, target: `/v1/mcp/${id}` }));
      return head?.type === 'request_head' && made.recorder.leavesOut(head);
    });
    expect(excluded).toEqual([true, false]);
    expect(made.connections().map(({ name, scope, target }) => [name, scope, target])).toEqual([
      ['claude.ai Notion', 'claude.ai', 'https://mcp-proxy.anthropic.com/v1/mcp/mcpsrv_1'],
      ['claude.ai mcpsrv_2', 'claude.ai', 'https://mcp-proxy.anthropic.com/v1/mcp/mcpsrv_2'],
    ]);
  });
});

describe('the transport of 2024-11-05', () => {
  it('is a stream that names the address of its requests', () => {
    const made = recorded();
    const get = { id: '01kbac0000sssssssssssssss0', method: 'GET', target: '/sse' };
    play(made, ...request(get), responseHead(get.id, { headers: EVENT_STREAM }));
    play(made, responseBody(get.id, event('/messages?sessionId=abcdefghijklmnop', 'endpoint')));
    const post = (id: string, body: unknown) => [
      ...request({ id, target: '/messages?sessionId=abcdefghijklmnop', body }),
      ...response(id, { status: 202, headers: [], chunks: ['Accepted'] }),
    ];
    play(made, ...post('x01', INITIALIZE), responseBody(get.id, event(INITIALIZED, 'message')));
    play(
      made,
      ...post('x02', call(5)),
      ...post('x03', rpc({ method: 'notifications/cancelled', params: { requestId: 5, reason: 'Request timed out' } })),
    );
    expect(made.calls()).toMatchObject([{ state: 'timeout' }]);
    play(made, responseBody(get.id, event(rpc({ id: 5, result: OK }), 'message')));
    expect(made.calls()).toMatchObject([{ state: 'late' }]);
    play(made, ...responseEnd(get.id, { outcome: 'aborted' }));
    expect(made.connections()).toMatchObject([
      {
        id: `mcps_${get.id}`,
        name: 'old',
        transport: 'sse',
        target: 'https://mcp.example/sse',
        era: 'legacy',
        endedAt: expect.any(Number),
      },
    ]);
    expect(made.messages().map(({ exchange }) => exchange)).toEqual(['x01', get.id, 'x02', 'x03', get.id]);
  });
});

describe('an answer', () => {
  const ANSWER = rpc({ id: 1, result: { content: [{ type: 'text', text: 'ž'.repeat(300) }] } });
  const PROGRESS = rpc({ method: 'notifications/progress', params: { progressToken: 1, progress: 0.5 } });
  const stream = Buffer.from(event(PROGRESS) + event(ANSWER));

  it.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
    ['zstd', storedZstd],
  ] as const)('is read in %s, in a document and in a stream', (coding, compress) => {
    const headers = (type: [string, string][]): [string, string][] => [...type, ['Content-Encoding', coding]];
    const made = recorded();
    play(made, ...request({ id: 'x01', body: call(1) }));
    play(
      made,
      ...response('x01', { headers: headers(JSON_TYPE), chunks: [compress(Buffer.from(JSON.stringify(ANSWER)))] }),
    );
    play(made, ...request({ id: 'x02', body: call(1) }));
    const compressed = compress(stream);
    play(
      made,
      ...response('x02', {
        headers: headers(EVENT_STREAM),
        chunks: [compressed.subarray(0, 30), compressed.subarray(30)],
      }),
    );
    expect(made.calls()).toMatchObject([
      { state: 'ok', tokensSaid: 300 },
      { state: 'ok', tokensSaid: 300 },
    ]);
    expect(made.said()).toHaveLength(5);
  });

  it('of a compressed stream is there while the stream is open', async () => {
    const made = recorded();
    const gzip = zlib.createGzip();
    const compressed: Buffer[] = [];
    gzip.on('data', (chunk) => compressed.push(chunk));
    gzip.write(event(PROGRESS));
    await new Promise<void>((resolve) => gzip.flush(() => resolve()));
    play(made, ...request({ id: 'x01', body: call(1, { progressToken: 1 }) }));
    play(made, responseHead('x01', { headers: [...EVENT_STREAM, ['Content-Encoding', 'gzip']] }));
    play(made, ...compressed.splice(0).map((chunk) => responseBody('x01', chunk)));
    await expect.poll(() => made.said()).toContain('server notification notifications/progress');
    gzip.end(event(ANSWER));
    await new Promise((resolve) => gzip.on('end', resolve));
    const size = compressed.reduce((sum, chunk) => sum + chunk.length, 0);
    play(made, ...compressed.map((chunk) => responseBody('x01', chunk)));
    play(made, ...responseEnd('x01', { chunks: [Buffer.alloc(size)] }));
    expect(made.said()).toHaveLength(3);
    expect(made.calls()).toMatchObject([{ state: 'ok' }]);
  });

  it('that cannot be decoded is counted as lost', () => {
    const made = recorded();
    play(made, ...request({ id: 'x01', body: call(1) }));
    play(made, ...response('x01', { headers: [...JSON_TYPE, ['Content-Encoding', 'gzip']], chunks: ['no gzip'] }));
    expect(made.connections()).toMatchObject([{ lost: 1 }]);
  });

  it('whose end was not kept is recorded by its beginning', () => {
    const made = recorded();
    const head = event(ANSWER).slice(0, 80);
    for (const [id, type] of [
      ['x01', EVENT_STREAM],
      ['x02', JSON_TYPE],
    ] as const) {
      play(made, ...request({ id, body: call(1) }));
      const beginning = type === JSON_TYPE ? head.slice('data: '.length) : head;
      const events = response(id, { headers: type, chunks: [beginning] });
      play(
        made,
        ...events.map((each) => (each.type === 'response_end' ? { ...each, size: 5_000, truncated: true } : each)),
      );
    }
    expect(made.messages().filter(({ sender }) => sender === 'server')).toMatchObject([
      { kind: 'response', truncated: true, size: 5_000 - 'data: '.length },
      { kind: 'response', truncated: true, size: 5_000 },
    ]);
    expect(made.calls().map(({ state }) => state)).toEqual(['ok', 'ok']);
  });

  it('whose last events were not kept counts them as lost', () => {
    const made = recorded();
    play(made, ...request({ id: 'x01', body: call(1) }));
    const events = response('x01', { headers: EVENT_STREAM, chunks: [event(PROGRESS)] });
    play(
      made,
      ...events.map((each) => (each.type === 'response_end' ? { ...each, size: 5_000, truncated: true } : each)),
    );
    expect(made.connections()).toMatchObject([{ lost: 1 }]);
  });

  it('may begin with a byte order mark, which clients skip', () => {
    const made = recorded();
    play(made, ...request({ id: 'x01', body: call(1) }));
    play(made, ...response('x01', { chunks: [`\uFEFF${JSON.stringify(rpc({ id: 1, result: OK }))}`] }));
    expect(made.calls()).toMatchObject([{ state: 'ok', tokensSaid: 4 }]);
  });

  it('that breaks was not received', () => {
    const made = recorded();
    play(made, ...request({ id: 'x01', body: call(1) }), responseHead('x01'), responseBody('x01', '{"jsonrpc"'));
    play(made, ...responseEnd('x01', { outcome: 'failed' }));
    expect(made.said()).toEqual(['client request tools/call']);
  });

  it('gives the same messages, wherever the stream is cut', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 10 });
    const messages = fc.array(fc.record({ jsonrpc: fc.constant('2.0'), method: text, params: fc.record({ text }) }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(messages, fc.array(fc.nat({ max: 500 }), { maxLength: 8 }), (said, places) => {
        const bytes = Buffer.from(said.map((message) => event(message)).join(''));
        const ends = [...places.map((place) => place % bytes.length), bytes.length].sort((a, b) => a - b);
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const made = recorded();
        play(made, ...request({ id: 'x01', body: call(1) }), ...response('x01', { headers: EVENT_STREAM, chunks }));
        const received = made.messages().filter(({ sender }) => sender === 'server');
        expect(received.map(({ bytes: each }) => Buffer.from(each).toString())).toEqual(
          said.map((message) => JSON.stringify(message)),
        );
      }),
    );
  });
});

describe('a stream whose bytes were not all kept', () => {
  const stream = (id: string) => request({ id, method: 'GET', headers: SESSION });
  const notice = event(rpc({ method: 'notifications/message' }));

  it('counts a loss where the client left before the end', () => {
    const made = recorded();
    const ends = responseEnd('x01', { outcome: 'aborted' });
    play(
      made,
      ...stream('x01'),
      responseHead('x01', { headers: EVENT_STREAM }),
      responseBody('x01', notice),
      ...ends.map((each) => (each.type === 'settled' ? { ...each, degraded: 'bodies were dropped' } : each)),
    );
    expect(made.connections()).toMatchObject([{ lost: 1 }]);
  });
});

describe('a flood of notifications', () => {
  it.each([true, false])(
    'is recorded to a limit, and the rest counted; answers are recorded all the same (ended: %s)',
    (isEnded) => {
      const made = recorded();
      const progress = event(rpc({ method: 'notifications/progress', params: { progressToken: 1 } })).repeat(1_000);
      play(made, ...request({ id: 'x01', body: call(1, { progressToken: 1 }) }));
      play(made, responseHead('x01', { headers: EVENT_STREAM }));
      for (let n = 0; n < 101; n += 1) play(made, responseBody('x01', progress));
      play(made, responseBody('x01', event(rpc({ id: 1, result: OK }))));
      if (isEnded) play(made, ...responseEnd('x01', { outcome: 'aborted' }));
      made.recorder.finish(1e9);
      expect(made.messages().filter(({ kind }) => kind === 'notification')).toHaveLength(100_000);
      expect(made.connections()).toMatchObject([{ lost: 1_000 }]);
      expect(made.calls()).toMatchObject([{ state: 'ok' }]);
    },
  );
});

describe('messages that come together', () => {
  it('are passed on together, each 256 writes with the row of their connection', () => {
    const made = recorded();
    const many = event(rpc({ method: 'notifications/message' })).repeat(600);
    play(made, ...request({ id: 'x01', method: 'GET', headers: SESSION }));
    play(made, ...response('x01', { headers: EVENT_STREAM, chunks: [many] }));
    expect(made.messages()).toHaveLength(600);
    expect(made.jobs.map(({ writes }) => writes.length)).toEqual([256, 256, 91]);
  });
});

describe('a secret in a name that is too long to keep', () => {
  const SECRET = 'zorblax-secret-0123456789abcdef';
  // Ends inside the secret, wherever names are cut.
  const long = (limit: number) => `${'n'.repeat(limit - 20)}${SECRET}`;

  it.each([256, 512])('is replaced, also where the cut at %i characters leaves only its beginning', (limit) => {
    const made = recorded({ secrets: [SECRET] });
    const name = long(limit);
    const server = { name, version: name };
    play(
      made,
      ...request({ id: 'x01', body: rpc({ id: name, method: 'initialize', params: { clientInfo: server } }) }),
      ...response('x01', {
        headers: [...JSON_TYPE, ...SESSION],
        chunks: [JSON.stringify(rpc({ id: name, result: { protocolVersion: name, serverInfo: server } }))],
      }),
      ...request({ id: 'x02', headers: SESSION, body: call(name, { 'claudecode/toolUseId': name }, { name }) }),
      ...response('x02', { chunks: [JSON.stringify(rpc({ id: name, result: OK }))] }),
      ...request({ id: 'x03', headers: SESSION, body: rpc({ id: 3, method: 'tools/list' }) }),
      ...response('x03', { chunks: [JSON.stringify(rpc({ id: 3, result: { tools: [{ name }] } }))] }),
      ...request({ id: 'x04', headers: SESSION, body: rpc({ id: 4, method: name }) }),
      ...response('x04', { status: 202, headers: [] }),
    );
    expect(made.calls()).toHaveLength(1);
    expect(made.definitions()).toHaveLength(1);
    const rows = [...made.connections(), ...made.calls(), ...made.definitions()];
    const messages = made.messages().map(({ bytes, ...row }) => ({ ...row, text: Buffer.from(bytes).toString() }));
    expect(JSON.stringify([rows, messages])).not.toContain(SECRET.slice(0, 10));
  });
});
