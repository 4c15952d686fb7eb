import { describe, expect, it, onTestFinished } from 'vitest';
import { ours, upstreamContext } from '../../../proxy/support/harness.js';
import { openTunnel, Peer, type RawTlsServer, secure, startRawTlsServer } from '../../../support/raw-tls.js';
import { type RuledHttp, ruledHttp } from '../../support/ruled-http.js';
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
async function pair(text: string | null, alpn = ['h2', 'http/1.1']): Promise<Pair> {
  const upstream = await startRawTlsServer(upstreamContext(), { alpn });
  onTestFinished(() => upstream.close());
  const ruled = await ruledHttp(text && rules(text), { url: `https://localhost:${upstream.port}/mcp` });
  const tunnel = await openTunnel(ruled.proxy.port, `localhost:${upstream.port}`);
  const [opened, server] = await Promise.all([secure(tunnel, { ca: ours.certificatePem, alpn }), upstream.accept()]);
  const client = new Peer(opened);
  onTestFinished(() => void client.stream.destroy());
  return { ruled, client, server, upstream };
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
    ['a message that is no JSON', json('{"jsonrpc": ')],
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
    ['DELETE', Buffer.from('DELETE /mcp HTTP/1.1\r\nMcp-Session-Id: 1\r\n\r\n')],
    ['a body in an unknown coding', json('\x01\x02\x03', ['Content-Encoding: gzip'])],
  ];
  const ANSWERS: [string, string][] = [
    ['a document', ok('{ "jsonrpc":"2.0", "id" : 1, "result": {"x": 1e400} }')],
    ['a document that is no JSON', ok('oh')],
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
