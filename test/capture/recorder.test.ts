import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecorder } from '../../src/capture/recorder.js';
import { createRedactor } from '../../src/capture/redact/redactor.js';
import type { CapturedRequest, CapturedResponse, HeaderList } from '../../src/model/exchange.js';
import type { HttpEvent } from '../../src/wire/wire-event.js';
import { storedZstd } from '../wire/content/support/zstd-frames.js';
import { settled } from './support/settled.js';

interface Exchange {
  host?: string;
  target?: string;
  headers?: HeaderList;
  request?: Buffer;
  status?: number;
  responseHeaders?: HeaderList;
  /** Chunks that arrive at 200, 210, 220 … */
  response?: readonly Uint8Array[];
}

/** The wire events of an exchange: request at 100-110, first response byte at 190, forwarded 105, delivered 1000. */
function wire(exchange: Exchange, id = '01hexchange'): HttpEvent[] {
  const request = exchange.request ?? Buffer.alloc(0);
  const response = exchange.response ?? [];
  const size = response.reduce((sum, bytes) => sum + bytes.length, 0);
  return [
    {
      type: 'request_head',
      exchange: id,
      host: exchange.host ?? 'api.anthropic.com',
      port: 443,
      scheme: 'https',
      method: 'POST',
      target: exchange.target ?? '/v1/messages?beta=true',
      httpVersion: '1.1',
      headers: exchange.headers ?? [],
      at: 100,
    },
    { type: 'request_body', exchange: id, bytes: request.subarray(0, 9), at: 101 },
    { type: 'request_body', exchange: id, bytes: request.subarray(9), at: 102 },
    { type: 'request_end', exchange: id, size: request.length, truncated: false, at: 110 },
    {
      type: 'response_head',
      exchange: id,
      status: exchange.status ?? 200,
      reason: 'OK',
      httpVersion: '1.1',
      headers: exchange.responseHeaders ?? [],
      at: 190,
    },
    ...response.map(
      (bytes, index): HttpEvent => ({ type: 'response_body', exchange: id, bytes, at: 200 + 10 * index }),
    ),
    { type: 'response_end', exchange: id, size, truncated: false, at: 990 },
    settled(id),
  ];
}

function recorder() {
  const reported: (CapturedRequest | CapturedResponse)[] = [];
  const made = createRecorder({
    runId: 'run_1',
    redactor: createRedactor(Buffer.from('key')),
    onRequest: (request) => reported.push(request),
    onEnd: (_, response) => reported.push(response),
    limits: { decodedBytes: 1024 * 1024 },
  });
  return { ...made, reported };
}

function captured(events: readonly HttpEvent[]): { request: CapturedRequest; response: CapturedResponse } {
  const { handle, reported } = recorder();
  for (const event of events) handle(event);
  expect(reported).toHaveLength(2);
  return { request: reported[0] as CapturedRequest, response: reported[1] as CapturedResponse };
}

const sse = (...events: object[]) =>
  Buffer.from(
    events.map((event) => `event: ${'type' in event ? event.type : ''}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
const START = {
  type: 'message_start',
  message: { id: 'm', role: 'assistant', usage: { input_tokens: 3, output_tokens: 1 } },
};
const BLOCK = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const text = (piece: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } });
const END = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
];
const EVENT_STREAM: HeaderList = [['Content-Type', 'text/event-stream; charset=utf-8']];

describe('the text of a hostile header', () => {
  const key = `sk-ant-api03-${'Zoft0Brindle'.repeat(4)}`;
  const answered = (responseHeaders: HeaderList) =>
    captured(wire({ responseHeaders, response: [Buffer.from('zoft')] }));

  it('is in reasons only without its secrets', () => {
    expect(answered([['Content-Type', `a/${key}`]]).response.error).toMatch(
      /not a message of the API \(a\/\[redacted:/,
    );
    expect(answered([['Content-Encoding', `x "${key}"`]]).response.degraded).toMatch(/^content coding "x "\[redacted:/);
    const { request } = captured(
      wire({ headers: [['Content-Encoding', key]], request: Buffer.from('{"model":"zoft"}') }),
    );
    expect(request.degraded).toMatch(/^content coding "\[redacted:/);
  });

  it('is not repeated at length', () => {
    const { degraded } = answered([['Content-Encoding', 'z'.repeat(100_000)]]).response;
    expect(degraded?.length).toBeLessThan(5_000);
  });
});

describe('a recorded request', () => {
  const body = Buffer.from('{"model":"claude-x","stream":true,"messages":[]}');

  it('is passed on when it is complete, with its exact bytes', () => {
    const { handle, reported, openExchanges } = recorder();
    for (const event of wire({ request: body, headers: [['X-Claude-Code-Session-Id', 's1']] }).slice(0, 4))
      handle(event);
    expect(openExchanges()).toHaveLength(1);
    expect(reported).toEqual([
      {
        id: 'req_01hexchange',
        correlationId: '01hexchange',
        runId: 'run_1',
        sessionId: 's1',
        agentId: null,
        parentAgentId: null,
        promptId: null,
        origin: 'wire',
        kind: 'messages',
        method: 'POST',
        url: 'https://api.anthropic.com/v1/messages?beta=true',
        host: 'api.anthropic.com',
        httpVersion: '1.1',
        headers: [['X-Claude-Code-Session-Id', 's1']],
        body: { bytes: body, sha256: sha256(body), size: body.length, truncated: false, redacted: false },
        model: 'claude-x',
        streaming: true,
        timestamps: {
          initiated: 100,
          received: 110,
          forwarded: null,
          firstByte: null,
          responseEnd: null,
          delivered: null,
        },
        degraded: null,
      },
    ]);
  });

  it('that is compressed keeps its compressed bytes, and is still read', () => {
    const request = zlib.gzipSync(body);
    const { request: seen } = captured(wire({ request, headers: [['content-encoding', 'gzip']] }));
    expect(seen).toMatchObject({
      model: 'claude-x',
      body: { bytes: request, sha256: sha256(request), redacted: false },
    });
  });

  it('a request that is not JSON keeps its bytes', () => {
    const request = Buffer.of(0xff, 0x00, 0x7b);
    expect(captured(wire({ request })).request).toMatchObject({
      model: null,
      body: { bytes: request },
      degraded: null,
    });
  });

  it('whose body was dropped on the way is truncated', () => {
    const events = wire({ request: body }).filter((event) => event.type !== 'request_body');
    expect(captured(events).request.body).toMatchObject({ size: body.length, truncated: true, sha256: null });
  });

  it('that never ended is passed on before the end of the exchange', () => {
    const [head, piece] = wire({ request: body });
    const settled: HttpEvent = {
      type: 'settled',
      exchange: '01hexchange',
      outcome: 'aborted',
      error: 'the client closed the connection in the middle of the request',
      degraded: null,
      forwarded: 105,
      delivered: null,
      at: 150,
    };
    const { request, response } = captured([head, piece, settled].filter((event) => event !== undefined));
    expect(request).toMatchObject({
      body: { bytes: body.subarray(0, 9), size: 9, truncated: true, sha256: null },
      degraded: 'the request did not end',
    });
    expect(response).toMatchObject({
      state: 'aborted',
      error: settled.error,
      status: null,
      latencyMs: 50,
      ttftMs: null,
    });
  });
});

describe('a recorded response', () => {
  it('that streams gives the final message, its usage and its times', () => {
    const chunks = [sse(START), sse(BLOCK), sse(text('Hel')), sse(text('lo'), ...END)];
    const { response } = captured(wire({ responseHeaders: EVENT_STREAM, response: chunks }));
    expect(response).toEqual({
      id: 'resp_01hexchange',
      requestId: 'req_01hexchange',
      correlationId: '01hexchange',
      state: 'complete',
      error: null,
      status: 200,
      reason: 'OK',
      headers: EVENT_STREAM,
      body: {
        bytes: Buffer.concat(chunks),
        sha256: sha256(Buffer.concat(chunks)),
        size: Buffer.concat(chunks).length,
        truncated: false,
        redacted: false,
      },
      message: {
        id: 'm',
        model: null,
        role: 'assistant',
        content: [{ type: 'text', text: 'Hello' }],
        stopReason: 'end_turn',
        complete: true,
        contextManagement: null,
      },
      usage: { uncached: 3, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 9, webSearches: 0 },
      timestamps: { initiated: 100, received: 110, forwarded: 105, firstByte: 190, responseEnd: 990, delivered: 1000 },
      ttftMs: 120,
      latencyMs: 900,
      proxyOverheadMs: 15,
      degraded: null,
    });
  });

  it.each([
    ['gzip', zlib.createGzip],
    ['br', zlib.createBrotliCompress],
    ['deflate', zlib.createDeflate],
  ])('that streams in %s has its first content in the chunk that brought it', async (encoding, encoder) => {
    const pieces = [
      sse(START),
      sse(BLOCK),
      ...Array.from({ length: 20 }, (_, i) => sse(text(`piece ${i}`))),
      sse(...END),
    ];
    const response = await flushedChunks(encoder(), pieces);
    const headers: HeaderList = [...EVENT_STREAM, ['content-encoding', encoding]];
    const { response: seen } = captured(wire({ responseHeaders: headers, response }));
    expect(seen).toMatchObject({ ttftMs: 120, message: { complete: true }, body: { redacted: false } });
  });

  it('that is cut is not complete, and keeps the API error that ended it', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const { response } = captured(
      wire({ responseHeaders: EVENT_STREAM, response: [sse(START, BLOCK, text('a'), error)] }),
    );
    expect(response).toMatchObject({
      state: 'failed',
      error: 'overloaded_error: Overloaded',
      message: { complete: false },
    });
  });

  it.each([429, 529])('with status %i has the error of its JSON body', (status) => {
    const body = Buffer.from('{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}');
    const { response } = captured(wire({ status, response: [body] }));
    expect(response).toMatchObject({
      status,
      state: 'failed',
      error: 'rate_limit_error: Slow down',
      message: null,
      usage: null,
    });
  });

  it('of count_tokens has no usage, since nothing was billed', () => {
    const { response } = captured(
      wire({ target: '/v1/messages/count_tokens', response: [Buffer.from('{"input_tokens":7}')] }),
    );
    expect(response).toMatchObject({ usage: null, message: null, error: null });
  });

  it('a response that is a compression bomb is not kept, since it cannot be searched for credentials', () => {
    const bomb = zlib.gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const { response } = captured(wire({ responseHeaders: [['content-encoding', 'gzip']], response: [bomb] }));
    expect(response.body).toMatchObject({
      bytes: Buffer.alloc(0),
      sha256: sha256(bomb),
      size: bomb.length,
      redacted: true,
    });
    expect(response.degraded).toMatch(/more than 1048576 bytes: the body is not kept/);
  });
});

describe('the recorder', () => {
  it('ends open exchanges as interrupted when it finishes', () => {
    const { handle, finish, reported, openExchanges } = recorder();
    for (const event of [...wire({}, 'a').slice(0, 5), ...wire({}, 'b').slice(0, 1)]) handle(event);
    finish(500);
    expect(openExchanges()).toEqual([]);
    expect(reported.slice(1)).toMatchObject([
      { id: 'resp_a', state: 'interrupted', status: 200, latencyMs: 400 },
      { id: 'req_b', degraded: 'the request did not end' },
      { id: 'resp_b', state: 'interrupted', status: null },
    ]);
  });

  it('ignores exchanges whose beginning it never saw', () => {
    const { handle, reported } = recorder();
    for (const event of wire({}).slice(2)) handle(event);
    expect(reported).toEqual([]);
  });

  it('reports why the observation is not complete', () => {
    const events = wire({}).map((event) =>
      event.type === 'settled' ? { ...event, degraded: 'response: no HTTP' } : event,
    );
    expect(captured(events).response).toMatchObject({ state: 'complete', degraded: 'response: no HTTP' });
  });
});

describe('no secret is left in what is captured', () => {
  const key = `sk-ant-api03-${'Zz9_'.repeat(20)}`;
  const token = 'opaque/bearer+token==';
  const cookie = 'cookie-value-0123456789';
  const secrets = [key, token, cookie, JSON.stringify(token).replaceAll('/', '\\/')];
  const headers: HeaderList = [
    ['x-api-key', key],
    ['Authorization', `Bearer ${token}`],
    ['Cookie', `sid=${cookie}`],
    ['X-Note', `uses ${token}`],
  ];
  const prompt = JSON.stringify({ model: 'm', note: `${key} ${token}`, more: cookie });

  function leaks(...seen: object[]): string[] {
    const stored = JSON.stringify(seen, (_, value) =>
      value?.type === 'Buffer' || value instanceof Uint8Array
        ? Buffer.from(value.data ?? value).toString('latin1')
        : value,
    );
    return secrets.filter((secret) => stored.includes(secret) || stored.includes(JSON.stringify(secret).slice(1, -1)));
  }

  it('can be seen by the test', () => {
    expect(leaks({ bytes: Buffer.from(key) }, { url: `/?x=${cookie}` })).toEqual([key, cookie]);
  });

  it.each([
    ['plain', [], (bytes: Buffer) => bytes],
    ['gzip', ['gzip'], zlib.gzipSync],
    ['br', ['br'], zlib.brotliCompressSync],
    ['zstd', ['zstd'], storedZstd],
  ] as const)('from headers, URL and %s bodies; hashes and sizes stay those of the wire', (_, encodings, encode) => {
    const coded: HeaderList = encodings.map((encoding) => ['content-encoding', encoding]);
    const request = encode(Buffer.from(prompt));
    const response = encode(Buffer.from(`{"type":"error","error":{"type":"e","message":"bad key ${key}"}}`));
    const seen = captured(
      wire({
        target: `/v1/messages?api_key=${key}&x=${encodeURIComponent(token)}`,
        headers: [...headers, ...coded],
        request,
        status: 401,
        responseHeaders: [['Set-Cookie', `sid=${cookie}; Path=/`], ['x-echo', key], ...coded],
        response: [response],
      }),
    );
    expect(leaks(seen.request, seen.response)).toEqual([]);
    expect(seen.request.body).toMatchObject({ redacted: true, sha256: sha256(request), size: request.length });
    expect(seen.response.body).toMatchObject({ redacted: true, sha256: sha256(response), size: response.length });
    expect(seen.response.error).toMatch(/^e: bad key \[redacted:[0-9a-f]{16}\]$/);
    expect(JSON.parse(Buffer.from(seen.request.body.bytes).toString())).toMatchObject({ model: 'm' });
  });

  it('from a stream with a key in many deltas, however it is cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: key.length - 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.constantFrom('text', 'input'), (borders, where) => {
        const sorted = [0, ...[...new Set(borders)].sort((a, b) => a - b), key.length];
        const pieces = sorted.slice(1).map((end, index) => key.slice(sorted[index], end));
        const delta = (piece: string) =>
          where === 'text'
            ? text(piece)
            : { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: piece } };
        const stream = sse(START, BLOCK, delta('"a '), ...pieces.map(delta), delta('"'), ...END);
        const { request, response } = captured(wire({ headers, responseHeaders: EVENT_STREAM, response: [stream] }));
        expect(leaks(request, response)).toEqual([]);
        expect(Buffer.from(response.body.bytes).toString()).not.toContain(pieces.at(-1)?.padEnd(6, '"') ?? '');
        expect(response.body).toMatchObject({ redacted: true, sha256: sha256(stream) });
        expect(JSON.stringify(response.message)).toContain('[redacted:');
        expect(response.usage?.output).toBe(9);
      }),
      { numRuns: 60 },
    );
  });

  it('from OAuth exchanges, or later where the token is used', () => {
    const { handle, reported } = recorder();
    const exchanges = [
      wire(
        {
          target: '/v1/oauth/token',
          request: Buffer.from(`grant_type=authorization_code&code=${key}&code_verifier=short`),
          response: [Buffer.from(JSON.stringify({ access_token: token, refresh_token: cookie, token_type: 'Bearer' }))],
        },
        'a',
      ),
      wire({ target: '/api/event_logging/batch', request: Buffer.from(prompt) }, 'b'),
    ];
    for (const event of exchanges.flat()) handle(event);
    expect(leaks(...reported)).toEqual([]);
    expect(JSON.stringify(reported)).not.toContain('short');
    expect(reported).toHaveLength(4);
  });

  it('from the error of an exchange that broke', () => {
    const events = wire({ headers }).map((event) =>
      event.type === 'settled' ? { ...event, outcome: 'failed' as const, error: `no route for ${token}` } : event,
    );
    expect(captured(events).response.error).toMatch(/^no route for \[redacted:/);
  });
});

/** Compressed as by a server that flushes each piece into its own chunk. */
async function flushedChunks(encoder: zlib.Gzip | zlib.BrotliCompress, pieces: readonly Buffer[]): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for (const piece of pieces) {
    encoder.write(piece);
    await new Promise<void>((resolve) => encoder.flush(resolve));
    chunks.push(encoder.read());
  }
  encoder.end();
  for await (const last of encoder) chunks.push(last);
  return chunks;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
