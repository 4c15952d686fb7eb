import { describe, expect, it } from 'vitest';
import { answer, asked, chunk, HOLD, json, message, NOTHING, ok, pair, unchunked } from '../../support/relayed-pair.js';

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
