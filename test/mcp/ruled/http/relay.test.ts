import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProxyOptions } from '../../../../src/proxy/server.js';
import { corporateProxy } from '../../../proxy/support/corporate-proxy.js';
import { ours, upstreamContext, world } from '../../../proxy/support/harness.js';
import { openTcp, openTunnel, Peer, type RawTlsServer, secure, startRawTlsServer } from '../../../support/raw-tls.js';
import { plainServer, type RuledHttp, ruledHttp, ruledProxy } from '../../support/ruled-http.js';
import { call } from '../../support/ruled-pipe.js';

/** Matches nothing that is sent here, and everything must be looked at. */
const NOTHING = '  - { id: none, when: { params: { "$..never": true } }, then: [{ block: { reason: no } }] }';
const rules = (text: string) => `version: 1\nrules:\n${text}`;

interface Pair {
  ruled: RuledHttp;
  client: Peer;
  server: Peer;
  upstream: RawTlsServer;
}

/** A client and a server that are sockets, each behind TLS. */
async function pair(
  text: string | null,
  alpn = ['h2', 'http/1.1'],
  url?: string,
  options: Partial<ProxyOptions> = {},
): Promise<Pair> {
  const upstream = await startRawTlsServer(upstreamContext(), { alpn });
  onTestFinished(() => upstream.close());
  const server = { url: url ?? `https://localhost:${upstream.port}/mcp` };
  const ruled = await ruledProxy(text && rules(text), [server], options);
  const tunnel = await openTunnel(ruled.proxy.port, `localhost:${upstream.port}`);
  const [opened, accepted] = await Promise.all([secure(tunnel, { ca: ours.certificatePem, alpn }), upstream.accept()]);
  const client = new Peer(opened);
  onTestFinished(() => void client.stream.destroy());
  return { ruled, client, server: accepted, upstream };
}

const json = (body: string | Buffer, head: readonly string[] = []) =>
  Buffer.concat([
    Buffer.from(
      [
        'POST /mcp HTTP/1.1',
        'Host: x',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        ...head,
        '',
        '',
      ].join('\r\n'),
    ),
    Buffer.from(body),
  ]);
const ok = (body: string, type = 'application/json') =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const message = (id: number) => call(id, 'add').trim();

describe('where no rule applies', () => {
  const REQUESTS: [string, Buffer][] = [
    ['a message with a length', json(message(1))],
    ['a message that is not JSON', json('{"jsonrpc": ')],
    ['an empty message', json('')],
    [
      'chunks with extensions and trailers, odd names and a folded line',
      Buffer.from(
        'POST /mcp?x=1 HTTP/1.1\r\nhOsT: x\r\nContent-Type: application/json; charset=utf-8\r\nX-Fold: a\r\n  b\r\n' +
          `Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5;ext=1\r\n{"jso\r\n${(message(2).length - 5).toString(16)}\r\n` +
          `${message(2).slice(5)}\r\n0\r\nX-T: 1\r\n\r\n`,
      ),
    ],
    [
      'lines that end in LF',
      Buffer.from(
        `POST /mcp HTTP/1.1\nContent-Type: application/json\nContent-Length: ${message(3).length}\n\n${message(3)}`,
      ),
    ],
    [
      'another path',
      Buffer.from('POST /token HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'),
    ],
    ['another type', Buffer.from('POST /mcp HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}')],
    [
      'a request to the Claude API',
      Buffer.from(
        `POST /v1/messages HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${message(1).length}\r\n\r\n${message(1)}`,
      ),
    ],
    ['DELETE', Buffer.from('DELETE /mcp HTTP/1.1\r\nMcp-Session-Id: 1\r\n\r\n')],
    ['a body in an unknown coding', json('\x01\x02\x03', ['Content-Encoding: gzip'])],
  ];
  const ANSWERS: [string, string][] = [
    ['a document', ok('{ "jsonrpc":"2.0", "id" : 1, "result": {"x": 1e400} }')],
    ['a document that is not JSON', ok('oh')],
    [
      'an empty answer after an interim one',
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n',
    ],
    ['a refusal', 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer x="y"\r\nContent-Length: 2\r\n\r\nno'],
    [
      'chunks with trailers',
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\n{"a\r\n4\r\n":1}\r\n0\r\nX: y\r\n\r\n`,
    ],
  ];

  it('passes every byte of a hundred requests on one connection, and of their answers', async () => {
    const { client, server, ruled } = await pair(NOTHING);
    const sent: Buffer[] = [];
    const answered: string[] = [];
    for (let n = 0; n < 104; n++) {
      const [, request = Buffer.alloc(0)] = REQUESTS[n % REQUESTS.length] ?? [];
      const [, answer = ''] = ANSWERS[n % ANSWERS.length] ?? [];
      sent.push(request);
      answered.push(answer);
      // Sometimes byte by byte.
      if (n % 13 === 5) for (const byte of request) await client.send(Buffer.from([byte]));
      else await client.send(request);
      await server.receives(Buffer.concat(sent).length);
      await server.send(answer);
      await client.receives(answered.join('').length);
    }
    expect(server.received.equals(Buffer.concat(sent))).toBe(true);
    expect(client.received.toString()).toBe(answered.join(''));
    await expect.poll(() => ruled.events.filter(({ type }) => type === 'settled')).toHaveLength(104);
    expect(ruled.events.flatMap((event) => (event.type === 'settled' ? [event.outcome, event.degraded] : []))).toEqual(
      Array.from({ length: 104 }, () => ['complete', null]).flat(),
    );
    expect(ruled.ruled()).toEqual([]);
    client.fin();
    expect(await server.ended).toBe('fin');
    server.fin();
    expect(await client.ended).toBe('fin');
    expect(ruled.problems).toEqual([]);
  });

  it('records what observers of a splice record', async () => {
    const seen: unknown[] = [];
    for (const text of [NOTHING, null]) {
      const { client, server, ruled } = await pair(text, ['http/1.1']);
      for (const [, request] of REQUESTS.slice(0, 3)) {
        const before = [server.received.length, client.received.length] as const;
        await client.send(request);
        await server.receives(before[0] + request.length);
        await server.send(ANSWERS[2]?.[1] ?? '');
        await client.receives(before[1] + (ANSWERS[2]?.[1].length ?? 0));
      }
      await expect.poll(() => ruled.events.filter(({ type }) => type === 'settled')).toHaveLength(3);
      const names = new Map<string, number>();
      seen.push(
        ruled.events.map(({ at: _at, exchange, ...event }) => {
          if (!names.has(exchange)) names.set(exchange, names.size);
          const { forwarded, delivered, port: _port, ...rest } = event as Record<string, unknown>;
          const times = event.type === 'settled' && [typeof forwarded, typeof delivered];
          return { ...rest, times, exchange: names.get(exchange) };
        }),
      );
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  it('passes events when they come, with other frames of the same bytes', async () => {
    const { client, server } = await pair(NOTHING);
    await client.send(json(message(1)));
    await server.receives(json(message(1)).length);
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
    await server.send(head);
    await client.receives(head.length);
    const events = [
      '\uFEFF: hi\n\n',
      'id: 1\r\nevent: message\r\ndata: {"jsonrpc":"2.0",\r\ndata:"method":"x"}\r\n\r\n',
      'data: x\r\r',
      '\n: end',
    ];
    let expected = head;
    for (const event of events) {
      await server.send(Buffer.from(chunk(event)));
      if (event !== ': end' && !event.startsWith('\n')) {
        expected += chunk(event);
        await client.receives(Buffer.byteLength(expected));
      }
    }
    await server.send('0\r\n\r\n');
    await expect.poll(() => client.received.toString().endsWith('0\r\n\r\n')).toBe(true);
    const body = client.received.toString().slice(head.length);
    expect(unchunked(body)).toBe(events.join(''));
  });
});

/** A request with one message has been sent, and the server has it. */
async function asked({ client, server }: Pair, body = message(1), head: readonly string[] = []): Promise<void> {
  const before = server.received.length;
  await client.send(json(body, head));
  await server.receives(before + 1);
}

const streamHead = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const answer = (id: number, text = 'fine') => JSON.stringify({ result: { content: [{ text }] }, jsonrpc: '2.0', id });
const SLOW = '  - { id: slow, when: { tool: add }, then: [{ delay: { ms: 150 } }] }';
const HOLD = '  - { id: hold, when: { tool: add }, then: [{ pause: { limit_ms: 60000 } }] }';
const dropped = (http: RuledHttp) => http.ruled().map(({ sender, ruled: { dropped: is } }) => [sender, is]);
const pausedId = ({ pauses }: RuledHttp) => {
  const [first] = pauses;
  return first?.type === 'paused' ? first.message.id : 'pause_none';
};

it('records one end of an answer that comes before the end of its request, whatever follows', async () => {
  const both = await pair(NOTHING);
  const [head, body] = ['POST /token HTTP/1.1\r\nContent-Length: 10\r\n\r\n01234', '56789'];
  await both.client.send(head);
  await both.server.receives(head.length);
  const refusal = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno';
  for (const [sent, received] of [
    [refusal, refusal],
    ['HTTP/1.1 408 Request Timeout\r\n\r\n', `${refusal}HTTP/1.1 408 Request Timeout\r\n\r\n`],
  ] as const) {
    await both.server.send(sent);
    await both.client.receives(received.length);
    expect(both.client.received.toString()).toBe(received);
  }
  both.server.fin();
  expect(await both.client.ended).toBe('fin');
  await both.client.send(body);
  await expect.poll(() => both.ruled.events.at(-1)?.type).toBe('settled');
  expect(both.ruled.events.filter(({ type }) => type === 'response_end')).toHaveLength(1);
});

describe('a request', () => {
  it('waits, and goes on a connection of its own if the server has closed the first', async () => {
    const both = await pair(SLOW);
    await both.client.send(json(message(1)));
    both.server.fin();
    const second = await both.upstream.accept();
    await second.receives(json(message(1)).length);
    expect(second.received.equals(json(message(1)))).toBe(true);
    await second.send(ok(answer(1)));
    await both.client.receives(ok(answer(1)).length);
    expect(both.ruled.ruled()[0]?.ruled.heldMs).toBeGreaterThanOrEqual(140);
  });

  it('reaches its server through the proxy of a company, also on a connection of its own', async () => {
    const company = await corporateProxy('HTTP/1.1 200 Connection established\r\n\r\n');
    const proxies = { https: company.settings, http: null };
    const upstream = { proxies, noProxy: '', ca: [world.certificatePem] };
    const both = await pair(SLOW, ['http/1.1'], undefined, { upstream });
    await both.client.send(json(message(1)));
    both.server.fin();
    const second = await both.upstream.accept();
    await second.receives(json(message(1)).length);
    await second.send(ok(answer(1)));
    await both.client.receives(ok(answer(1)).length);
    expect(second.received.equals(json(message(1)))).toBe(true);
    const target = `CONNECT localhost:${both.upstream.port} HTTP/1.1`;
    expect(company.heads.map((head) => head.split('\r\n')[0])).toEqual([target, target]);
  });

  it('is paused until a person lets it pass', async () => {
    const both = await pair(HOLD);
    await both.client.send(json(message(1)));
    await expect
      .poll(() => both.ruled.pauses)
      .toMatchObject([
        { type: 'paused', message: { rule: 'hold', server: 'tickets', method: 'tools/call', name: 'add' } },
      ]);
    expect(both.server.received).toHaveLength(0);
    both.ruled.relay.resume(pausedId(both.ruled));
    await both.server.receives(json(message(1)).length);
    expect(both.ruled.pauses).toHaveLength(2);
  });

  it.each(['fin', 'reset'] as const)('that is paused is never sent when its client leaves (%s)', async (how) => {
    const both = await pair(HOLD);
    await both.client.send(json(message(1)));
    await expect.poll(() => both.ruled.pauses).toHaveLength(1);
    both.client[how]();
    await expect.poll(() => both.ruled.pauses).toHaveLength(2);
    await expect.poll(() => both.ruled.events.at(-1)?.type).toBe('settled');
    expect(dropped(both.ruled)).toEqual([['client', true]]);
    both.ruled.relay.resume(pausedId(both.ruled));
    expect(both.server.received).toHaveLength(0);
  });

  it('that its client does not finish passes, and is recorded as far as it came', async () => {
    const both = await pair(NOTHING);
    const cut = json(message(1)).subarray(0, -5);
    await both.client.send(cut);
    both.client.fin();
    await both.server.receives(cut.length);
    expect(both.server.received.equals(cut)).toBe(true);
    const bodies = both.ruled.events.flatMap((event) => (event.type === 'request_body' ? [event.bytes] : []));
    expect(Buffer.concat(bodies).toString()).toBe(message(1).slice(0, -5));
  });

  it('that is paused is dropped when the client cancels it on another connection', async () => {
    const both = await pair(HOLD);
    await both.client.send(json(message(7)));
    await expect.poll(() => both.ruled.pauses).toHaveLength(1);
    const [{ stream }, other] = await Promise.all([
      openTunnel(both.ruled.proxy.port, `localhost:${both.upstream.port}`).then((tcp) =>
        secure(tcp, { ca: ours.certificatePem, alpn: ['http/1.1'] }),
      ),
      both.upstream.accept(),
    ]);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } };
    stream.write(json(JSON.stringify(cancel)));
    await other.receives(1);
    // Nobody waits for an answer.
    await expect.poll(() => both.client.received.toString()).toMatch(/^HTTP\/1\.1 202 /);
    expect(both.server.received).toHaveLength(0);
    stream.destroy();
  });

  it('is sent on after we said that its client may go on', async () => {
    const both = await pair(NOTHING);
    const [head = '', body = ''] = json(message(1), ['Expect: 100-continue'])
      .toString()
      .split(/(?<=\r\n\r\n)/);
    await both.client.send(head);
    await both.client.receives('HTTP/1.1 100 Continue\r\n\r\n'.length);
    await both.client.send(body);
    await both.server.receives(head.length + body.length);
    expect(both.server.received.toString()).toBe(head + body);
    await both.server.send(`HTTP/1.1 100 Continue\r\n\r\n${ok('{}')}`);
    await expect.poll(() => both.client.received.toString()).toBe(`HTTP/1.1 100 Continue\r\n\r\n${ok('{}')}`);
  });

  it('of 2026-07-28 has headers that repeat its changed body', async () => {
    const both = await pair(
      '  - { id: up, when: { tool: add }, then: [{ modify: { set: { "$.name": "größer", "$.arguments.region": north } } }] }',
    );
    const body = call(1, 'add', { region: 'south', n: 1 }).trim();
    const head = ['Mcp-Method: tools/call', 'mcp-name: add', 'Mcp-Param-Region: south', 'Mcp-Param-Count: 1'];
    await asked(both, body, head);
    const text = both.server.received.toString();
    expect(text).toContain('Mcp-Method: tools/call\r\n');
    expect(text).toContain('mcp-name: =?base64?Z3LDtsOfZXI=?=\r\n');
    expect(text).toContain('Mcp-Param-Region: north\r\nMcp-Param-Count: 1\r\n');
    const sent = text.split('\r\n\r\n')[1] ?? '';
    expect(text).toContain(`Content-Length: ${Buffer.byteLength(sent)}\r\n`);
    expect(JSON.parse(sent)).toMatchObject({ params: { name: 'größer', arguments: { region: 'north' } } });
  });

  it('in a batch is decided on by itself, and its answer joins those of the server', async () => {
    const both = await pair('  - { id: no, when: { tool: erase }, then: [{ block: { reason: no } }] }');
    await asked(both, `[${message(1)},${call(2, 'erase').trim()}]`);
    expect(both.server.received.toString()).toMatch(/\r\n\r\n\[[^\]]*"id":1[^\]]*\]$/);
    await both.server.send(ok(answer(1)));
    await expect.poll(() => both.client.received.toString()).toContain('"no"');
    expect(JSON.parse(both.client.received.toString().split('\r\n\r\n')[1] ?? '')).toMatchObject([
      { id: 1, result: {} },
      { id: 2, error: { message: 'no' } },
    ]);
  });

  it('that is swallowed is never answered, and a notification is accepted', async () => {
    const both = await pair(
      '  - { id: gone, when: { direction: client_to_server }, then: [{ fault: { kind: timeout } }] }',
    );
    await both.client.send(json(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/x' })));
    const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';
    await expect.poll(() => both.client.received.toString()).toBe(accepted);
    await both.client.send(json(message(1)));
    await expect.poll(() => dropped(both.ruled)).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(both.client.received.toString()).toBe(accepted);
    expect(both.server.received).toHaveLength(0);
  });

  it('ends the connection, is answered by half of a document, or passes slowly', async () => {
    const closing = await pair('  - { id: x, when: { tool: add }, then: [{ fault: { kind: close } }] }');
    await closing.client.send(json(message(1)));
    expect(await closing.client.ended).not.toBe('own reset');
    const cut = await pair('  - { id: x, when: { tool: add }, then: [{ fault: { kind: malformed } }] }');
    await cut.client.send(json(message(1)));
    await expect.poll(() => cut.client.received.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
    const [head = '', body = ''] = cut.client.received.toString().split('\r\n\r\n');
    expect(head).toContain(`Content-Length: ${body.length}`);
    expect(() => JSON.parse(body)).toThrow();
    const whole = json(message(1));
    const slow = await pair(
      `  - { id: x, when: { tool: add }, then: [{ fault: { kind: slow, bytes_per_second: ${whole.length * 3} } }] }`,
    );
    const at = performance.now();
    await asked(slow);
    await slow.server.receives(whole.length);
    expect(performance.now() - at).toBeGreaterThan(150);
    expect(slow.server.received.equals(whole)).toBe(true);
  });
});

describe('an answer', () => {
  it('that is paused in a stream that has ended waits for a person', async () => {
    const both = await pair(
      '  - { id: hold, when: { direction: server_to_client, kind: response }, then: [{ pause: { limit_ms: 60000 } }] }',
    );
    await asked(both);
    await both.server.send(`${streamHead}${chunk(`id: 4\ndata: ${answer(1)}\n\n`)}0\r\n\r\n`);
    await expect.poll(() => both.ruled.pauses).toHaveLength(1);
    await expect.poll(() => both.client.received.toString()).toBe(streamHead);
    both.ruled.relay.resume(pausedId(both.ruled));
    await expect
      .poll(() => both.client.received.toString())
      .toBe(`${streamHead}${chunk(`id: 4\ndata: ${answer(1)}\n\n`)}0\r\n\r\n`);
  });

  it.each(['gzip', 'br'])('that is changed loses its coding (%s)', async (coding) => {
    const both = await pair(
      '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }',
    );
    await asked(both);
    const body = (coding === 'gzip' ? gzipSync : brotliCompressSync)(answer(1));
    await both.server.send(
      Buffer.concat([
        Buffer.from(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\nX: y\r\n\r\n`,
        ),
        body,
      ]),
    );
    const changed = answer(1, 'new');
    await expect
      .poll(() => both.client.received.toString())
      .toBe(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${changed.length}\r\nX: y\r\n\r\n${changed}`,
      );
    expect(
      both.ruled.ruled()[0]?.ruled.original && Buffer.from(both.ruled.ruled()[0]?.ruled.original ?? []).toString(),
    ).toBe(answer(1));
  });

  it('is changed in its event, whose other lines stay', async () => {
    const both = await pair(
      '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }',
    );
    await asked(both);
    const event = `: c\nid: 4\nevent: message\ndata: ${answer(1).slice(0, 9)}\ndata: ${answer(1).slice(9)}\n\n`;
    await both.server.send(`${streamHead}${chunk(event)}0\r\n\r\n`);
    await expect.poll(() => both.client.received.toString().endsWith('0\r\n\r\n')).toBe(true);
    const body = unchunked(both.client.received.toString().slice(streamHead.length));
    expect(body).toMatch(/^: c\nid: 4\nevent: message\ndata: /);
    const data = [...body.matchAll(/^data: (.*)$/gm)].map(([, line]) => line).join('\n');
    expect(JSON.parse(data)).toEqual(JSON.parse(answer(1, 'new')));
  });

  it('of more than 16 MB passes as it is, in bounded memory and not faster than it is read', async () => {
    const both = await pair('  - { id: no, when: { kind: response }, then: [{ block: { reason: no } }] }');
    await asked(both);
    await both.server.send(streamHead);
    const part = Buffer.from(chunk('x'.repeat(1024 * 1024)));
    both.client.stream.pause();
    let sent = 0;
    const total = 60;
    const sending = (async () => {
      for (; sent < total; sent++) await both.server.send(sent === 0 ? Buffer.from(chunk('data: ')) : part);
    })();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // 16 MB are held, and the system's buffers of two connections hold up to 10 MB each.
    expect(sent).toBeLessThan(50);
    both.client.stream.resume();
    await sending;
    await both.server.send(`${chunk(`\n\ndata: ${answer(1)}\n\n`)}0\r\n\r\n`);
    await expect
      .poll(() => both.client.received.subarray(-7).toString('latin1'), { interval: 300 })
      .toBe('\r\n0\r\n\r\n');
    const body = both.client.received.toString('latin1').slice(-1_000);
    expect(body).toContain('"message":"no"');
    expect(both.client.received.length).toBeGreaterThan((total - 1) * 1024 * 1024);
  });
});

describe('an answer whose type misleads', () => {
  const UP =
    '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }';
  const EVENT = `data: ${answer(1)}\n\n`;
  const GET = 'GET /mcp HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n';

  it.each([
    ['x; application/json', answer(1)],
    ['application/jsonx', answer(1)],
    ['text/plain\r\nContent-Type: application/json', answer(1)],
    ['x; text/event-stream', EVENT],
    ['text/plain\r\nContent-Type: Text/Event-Stream', EVENT],
  ])('is checked: %j', async (type, body) => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(ok(body, type));
    await expect.poll(() => both.client.received.toString()).toContain('"new"');
    expect(both.client.received.toString()).not.toContain('fine');
    expect(both.ruled.problems).toEqual([]);
  });

  it.each([
    ['both JSON and events', ok(answer(1), 'application/json; x=text/event-stream')],
    ['HTTP/1.0', ok(EVENT, 'text/event-stream').replace('HTTP/1.1', 'HTTP/1.0')],
  ])('passes as it is if it cannot be read, and that is reported: %s', async (why, sent) => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(sent);
    await both.client.receives(sent.length);
    expect(both.client.received.toString()).toBe(sent);
    expect(both.ruled.problems).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['text/plain', GET],
    ['application/json', GET],
    ['text/plain', GET.replace('Accept:', 'Accept: application/json\r\nAccept:')],
  ])('is checked as events if it answers a GET for events: %s, %j', async (type, request) => {
    const both = await pair(
      '  - { id: up, when: { method: notifications/message }, then: [{ modify: { set: { "$.data": new } } }] }',
    );
    const note = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"fine"}}';
    await both.client.send(request);
    await both.server.receives(request.length);
    await both.server.send(ok(`data: ${note}\n\n`, type));
    await expect.poll(() => both.client.received.toString()).toContain('"new"');
    expect(both.client.received.toString()).not.toContain('fine');
  });

  it('leaves an empty answer to a GET for events as it is', async () => {
    const both = await pair(NOTHING);
    const empty = 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n';
    await both.client.send(GET);
    await both.server.receives(GET.length);
    await both.server.send(empty);
    await both.client.receives(empty.length);
    expect(both.client.received.toString()).toBe(empty);
  });
});

describe('a request of the server', () => {
  const DECLINE =
    '  - { id: quiet, when: { method: elicitation/create }, then: [{ mock: { result: { action: decline } } }] }';
  const question = (id: number) => JSON.stringify({ jsonrpc: '2.0', id, method: 'elicitation/create', params: {} });
  const batch = `[${answer(1)},${question(11)},${question(12)}]`;

  it.each([
    ['document', ok(batch), ok(`[${answer(1)}]`)],
    ['stream', `${streamHead}${chunk(`data: ${batch}\n\n`)}`, `${streamHead}${chunk(`data: [${answer(1)}]\n\n`)}`],
  ])('in a batch is answered by a rule, as each of the others (%s)', async (_, sent, passed) => {
    const both = await pair(DECLINE);
    await asked(both);
    await both.server.send(sent);
    const posts = [await both.upstream.accept(), await both.upstream.accept()];
    for (const post of posts) await expect.poll(() => post.received.toString()).toContain('decline');
    const texts = posts.map(({ received }) => received.toString().split('\r\n\r\n')[1] ?? '');
    const ids = texts.map((text) => Number(/"id":(\d+)/.exec(text)?.[1]));
    expect(ids.sort()).toEqual([11, 12]);
    await expect.poll(() => both.client.received.toString()).toBe(passed);
  });

  it('that is a whole document leaves nothing for the client', async () => {
    const both = await pair(DECLINE);
    await asked(both);
    await both.server.send(ok(question(11)));
    const post = await both.upstream.accept();
    await expect.poll(() => post.received.toString()).toContain('decline');
    await expect.poll(() => both.client.received.toString()).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
  });
});

it('gives the client the answers of rules to its batch, even if the document of the server has nothing for it', async () => {
  const both = await pair(
    '  - { id: no, when: { tool: erase }, then: [{ block: { reason: no } }] }\n' +
      '  - { id: quiet, when: { method: elicitation/create }, then: [{ mock: { result: { action: decline } } }] }',
  );
  await asked(both, `[${message(1)},${call(2, 'erase').trim()}]`);
  await both.server.send(ok('{"jsonrpc":"2.0","id":11,"method":"elicitation/create","params":{}}'));
  await expect.poll(() => both.client.received.toString()).toContain('"no"');
  const [head = '', body = ''] = both.client.received.toString().split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(JSON.parse(body)).toMatchObject([{ id: 2, error: { message: 'no' } }]);
});

describe('an answer that ends with its connection', () => {
  const UP =
    '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }, { delay: { ms: 40 } }] }';

  it('gets a length if it is changed', async () => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(`HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${answer(1)}\n`);
    both.server.fin();
    expect(await both.client.ended).toBe('fin');
    const changed = answer(1, 'new');
    expect(both.client.received.toString()).toBe(
      `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${changed.length}\r\n\r\n${changed}`,
    );
    // As the recorder reads it, without the line end.
    expect(both.ruled.ruled()[0]?.ruled.original).toHaveLength(answer(1).length);
  });

  it('as a stream has no frames, and delayed messages come before its end', async () => {
    const both = await pair(UP);
    await asked(both);
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';
    await both.server.send(`${head}data: ${answer(1)}\n\n`);
    both.server.fin();
    expect(await both.client.ended).toBe('fin');
    expect(both.client.received.toString()).toBe(`${head}data: ${answer(1, 'new')}\n\n`);
    await expect.poll(() => both.ruled.events.at(-1)).toMatchObject({ type: 'settled', outcome: 'complete' });
  });

  it('as a stream with a length gets frames', async () => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(ok(`data: ${answer(1)}\n\n`, 'text/event-stream'));
    await expect
      .poll(() => both.client.received.toString())
      .toBe(
        `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(`data: ${answer(1, 'new')}\n\n`)}0\r\n\r\n`,
      );
  });

  it('breaks where its server breaks it, after what came before', async () => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(`${streamHead}${chunk(`data: ${answer(1)}\n\n`)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    both.server.reset();
    expect(await both.client.ended).toBe('reset');
    expect(both.client.received.toString()).toBe(`${streamHead}${chunk(`data: ${answer(1, 'new')}\n\n`)}`);
    await expect.poll(() => both.ruled.events.at(-1)).toMatchObject({ type: 'settled', outcome: 'failed' });
  });
});

describe('everything', () => {
  const ALL = `
  - { id: all, when: { any: [{ kind: request }, { kind: response }, { kind: notification }] }, then: [{ tag: t }, { alert: a }, { redact: "$..x" }, { delay: { ms: 1 } }, { pause: { limit_ms: 1 } }, { block: { reason: no } }] }
  - { id: more, when: { any: [{ kind: request }, { kind: response }] }, then: [{ mock: { result: {} } }, { fault: { kind: close } }] }
`;
  const api = Buffer.from(
    `POST /v1/messages?beta=true HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${message(1).length}\r\n\r\n${message(1)}`,
  );

  it('that is not for the address of a server passes as it is, though rules name all messages', async () => {
    const both = await pair(ALL);
    await both.client.send(api);
    await both.server.receives(api.length);
    await both.server.send(ok(answer(1)));
    await both.client.receives(ok(answer(1)).length);
    expect(both.server.received.equals(api)).toBe(true);
    expect(both.client.received.toString()).toBe(ok(answer(1)));
    expect(both.ruled.ruled()).toEqual([]);
  });

  it('at a host without a server is not relayed', async () => {
    const both = await pair(ALL, ['http/1.1'], 'https://localhost:1/mcp');
    await both.client.send(json(message(1)));
    await both.server.receives(json(message(1)).length);
    expect(both.server.received.equals(json(message(1)))).toBe(true);
    for (const host of ['api.anthropic.com', 'mcp-proxy.anthropic.com'])
      expect(both.ruled.relay.relayFor(host, 443)).toBeNull();
  });

  it('a defect in the relay resets one connection and is reported, and later ones pass', async () => {
    const both = await pair(ALL);
    both.ruled.failWith(new Error('oops'));
    await both.client.send(json(message(1)));
    expect(await both.client.ended).toBe('reset');
    expect(both.ruled.problems).toEqual([expect.stringMatching(/connections to localhost:\d+ failed.*oops/)]);
    both.ruled.failWith(null);
    expect(both.ruled.relay.relayFor('localhost', both.upstream.port)).toBeNull();
  });
});

describe('traffic other than HTTP/1.1', () => {
  it('after an upgrade passes unread', async () => {
    const both = await pair(HOLD);
    const upgrade = 'GET /mcp HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
    await both.client.send(upgrade);
    await both.server.receives(upgrade.length);
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n';
    await both.server.send(`${switched}hello`);
    await both.client.receives(switched.length + 5);
    await both.client.send(json(message(1)));
    await both.server.receives(upgrade.length + json(message(1)).length);
    expect(both.ruled.pauses).toEqual([]);
  });

  it('is spliced if the client speaks only HTTP/2, and that is reported', async () => {
    const both = await pair(HOLD, ['h2']);
    await both.client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await both.server.receives(24);
    expect(both.ruled.problems).toEqual([expect.stringContaining('speaks only HTTP/2')]);
  });

  it('passes unread once a message cannot be read', async () => {
    const both = await pair(HOLD);
    const odd = Buffer.from('POST /mcp HTTP/1.1\r\nContent-Length: x\r\n\r\nwhatever\r\n');
    await both.client.send(odd);
    await both.server.receives(odd.length);
    await both.server.send('oh');
    await both.client.receives(2);
    expect(both.server.received.equals(odd)).toBe(true);
    both.client.fin();
    expect(await both.server.ended).toBe('fin');
  });
});

it('passes a reset as a reset, and bytes that came before it', async () => {
  const both = await pair(NOTHING);
  await asked(both);
  await both.server.send('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf');
  await both.client.receives(70);
  both.server.reset();
  expect(await both.client.ended).toBe('reset');
  expect(both.client.received.toString()).toMatch(/half$/);
  await expect.poll(() => both.ruled.events.at(-1)).toMatchObject({ type: 'settled', outcome: 'failed' });
});

it('decides on each of 300 requests during reloads by one whole set', async () => {
  const both = await pair(NOTHING);
  const named = (name: string) =>
    rules(
      ['first', 'last']
        .map(
          (id) =>
            `  - { id: ${id}, when: { tool: add }, then: [{ modify: { set: { "$.arguments.${id}": ${name} } } }] }`,
        )
        .join('\n'),
    );
  both.ruled.use(named('set0'));
  for (let n = 0; n < 300; n++) {
    const before = both.server.received.length;
    if (n % 3 === 0) both.ruled.use(named(`set${n}`));
    await asked(both, message(n));
    await both.server.receives(before + 100);
    await both.server.send(ok(answer(n)));
    await both.client.receives([...Array(n + 1).keys()].reduce((sum, id) => sum + ok(answer(id)).length, 0));
  }
  const sets = [...both.server.received.toString().matchAll(/"first":"(\w+)","last":"(\w+)"/g)];
  expect(sets).toHaveLength(300);
  expect(sets.every(([, first, last]) => first === last)).toBe(true);
});

describe('a request in absolute form', () => {
  it('is answered by a rule, or by its server, and the connection ends', async () => {
    const address = await plainServer((request, response) => {
      request.resume();
      request.on('end', () => response.setHeader('content-type', 'application/json').end(answer(2)));
    });
    const ruled = await ruledHttp(
      rules(`
  - { id: no, when: { tool: add, params: { "$.arguments.n": 1 } }, then: [{ block: { reason: no } }] }
  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }`),
      { url: address },
    );
    for (const [n, expected] of [
      [1, /"message":"no"/],
      [2, /"text":"new"/],
    ] as const) {
      const tcp = await openTcp(ruled.proxy.port);
      const body = call(n, 'add', { n }).trim();
      const head = `POST ${address} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      const client = new Peer({ stream: tcp, tcp });
      await client.send(head + body);
      expect(await client.ended).toBe('fin');
      expect(client.received.toString()).toMatch(/\r\nConnection: close\r\n/);
      expect(client.received.toString()).toMatch(expected);
      client.fin();
    }
  });
});

function unchunked(text: string): string {
  let rest = Buffer.from(text);
  let body = '';
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.toString('latin1', 0, line), 16);
    if (!(size > 0)) return body;
    body += rest.toString('utf8', line + 2, line + 2 + size);
    rest = rest.subarray(line + 4 + size);
  }
}
