import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import hpack from 'hpack.js';
import { afterEach, describe, expect, it } from 'vitest';
import { observed, type Step, summarize } from '../support/wire.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A real HTTP/2 client and server on loopback, with a pipe between them that records what each side sends, in order. */
async function recorded(
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
  use: (session: http2.ClientHttp2Session) => Promise<void>,
  settings: { client?: http2.Settings; server?: http2.ServerOptions } = {},
): Promise<Step[]> {
  const steps: Step[] = [];
  const server = http2.createServer(settings.server ?? {});
  server.on('stream', onStream);
  server.on('sessionError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pipe = net.createServer((client) => {
    const upstream = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('data', (chunk) => steps.push({ client: chunk }) && upstream.write(chunk));
    upstream.on('data', (chunk) => steps.push({ upstream: chunk }) && client.write(chunk));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('error', () => {});
    upstream.on('error', () => {});
  });
  pipe.listen(0, '127.0.0.1');
  await once(pipe, 'listening');
  const session = http2.connect(`http://127.0.0.1:${(pipe.address() as AddressInfo).port}`, {
    ...(settings.client && { settings: settings.client }),
  });
  session.on('error', () => {});
  cleanups.push(() => {
    session.destroy();
    server.close();
    pipe.close();
  });
  await use(session);
  session.close();
  if (!session.closed || !session.destroyed) await once(session, 'close');
  return steps;
}

async function request(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders, body?: string) {
  const stream = session.request(headers, { endStream: body === undefined });
  stream.on('error', () => {});
  if (body !== undefined) stream.end(body);
  stream.resume();
  await closed(stream);
}

/** `events.once` would reject on the stream's error. */
function closed(stream: http2.ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.once('close', resolve);
  });
}

function seen(steps: readonly Step[], alpn: string | null = 'h2') {
  const { events, play } = observed({ connection: { alpn } });
  play(...steps);
  return summarize(events);
}

/** The same bytes in chunks of one byte. */
function dribbled(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] => {
    if (typeof step === 'string' || 'closed' in step) return [step];
    const [side, bytes] =
      'client' in step ? (['client', step.client] as const) : (['upstream', step.upstream] as const);
    return Array.from(Buffer.from(bytes as Uint8Array), (byte) =>
      side === 'client' ? { client: Buffer.of(byte) } : { upstream: Buffer.of(byte) },
    );
  });
}

describe('an HTTP/2 connection of node:http2', () => {
  it('each stream of HTTP/2 is one exchange, with method, target and status from pseudo-headers', async () => {
    const steps = await recorded(
      (stream, headers) => {
        let body = '';
        stream.setEncoding('latin1').on('data', (text) => {
          body += text;
        });
        stream.on('end', () => {
          stream.additionalHeaders({ ':status': 103, link: '</x>' });
          stream.respond(
            { ':status': 200, 'x-path': headers[':path'], 'x-long': 'v'.repeat(40) },
            { waitForTrailers: true },
          );
          stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': '1' }));
          stream.end(`you sent ${body}`);
        });
      },
      async (session) => {
        await request(session, { ':method': 'POST', ':path': '/v1/messages', 'x-api-key': 'k1' }, 'z'.repeat(40_000));
        await Promise.all([
          request(session, { ':method': 'POST', ':path': '/b', 'x-api-key': 'k1' }, 'two'),
          request(session, { ':method': 'POST', ':path': '/c', 'x-api-key': 'k2' }, 'three'),
        ]);
      },
    );
    const exchanges = seen(steps);
    expect(exchanges).toMatchObject([
      {
        request: 'POST /v1/messages 2',
        requestBody: 'z'.repeat(40_000),
        responseBody: `you sent ${'z'.repeat(40_000)}`,
      },
      { request: 'POST /b 2', requestBody: 'two', responseBody: 'you sent two', status: 200 },
      { request: 'POST /c 2', requestBody: 'three', responseBody: 'you sent three', status: 200 },
    ]);
    expect(exchanges[2]?.requestHeaders).toEqual([['x-api-key', 'k2']]);
    expect(exchanges[1]?.responseHeaders).toContainEqual(['x-path', '/b']);
    expect(exchanges.every(({ outcome, degraded }) => outcome === 'complete' && degraded === null)).toBe(true);
    expect(seen(steps, null)).toEqual(exchanges);
    expect(seen(dribbled(steps), null)).toEqual(exchanges);
  });

  it('reads padded frames, and header blocks that need CONTINUATION', async () => {
    const steps = await recorded(
      (stream) => {
        stream.respond({ ':status': 200, 'x-huge': 'h'.repeat(30_000) });
        stream.end('padded');
      },
      (session) => request(session, { ':path': '/', 'x-huge': 'q'.repeat(30_000) }),
      { server: { paddingStrategy: http2.constants.PADDING_STRATEGY_MAX, maxSendHeaderBlockLength: 100_000 } },
    );
    const [exchange] = seen(dribbled(steps));
    expect(exchange).toMatchObject({ responseBody: 'padded', status: 200, outcome: 'complete' });
    expect(exchange?.requestHeaders).toContainEqual(['x-huge', 'q'.repeat(30_000)]);
    expect(exchange?.responseHeaders).toContainEqual(['x-huge', 'h'.repeat(30_000)]);
  });

  it.each([0, 64, 65_536])('follows a header table of %i bytes', async (headerTableSize) => {
    const steps = await recorded(
      (stream, headers) => {
        stream.respond({ ':status': 200, 'x-echo': headers['x-n'] });
        stream.end();
      },
      async (session) => {
        if (session.connecting) await once(session, 'remoteSettings');
        for (const n of ['one', 'two', 'one', 'two', 'one']) await request(session, { ':path': `/${n}`, 'x-n': n });
      },
      { client: { headerTableSize }, server: { settings: { headerTableSize } } },
    );
    const exchanges = seen(steps);
    expect(exchanges.map(({ request, responseHeaders }) => [request, responseHeaders[0]])).toEqual(
      ['one', 'two', 'one', 'two', 'one'].map((n) => [`GET /${n} 2`, ['x-echo', n]]),
    );
  });

  it('ignores pushed responses', async () => {
    const steps = await recorded(
      (stream) => {
        stream.pushStream({ ':path': '/pushed', 'x-push': 'yes' }, (_, push) => {
          push.respond({ ':status': 200, 'x-pushed': 'yes' });
          push.end('pushed');
          stream.respond({ ':status': 200, 'x-pushed': 'no' });
          stream.end('asked for');
        });
      },
      async (session) => {
        session.on('stream', (pushed) => pushed.resume());
        await request(session, { ':path': '/' });
      },
    );
    expect(seen(steps)).toMatchObject([{ request: 'GET / 2', responseBody: 'asked for', outcome: 'complete' }]);
  });

  it('says which side reset a stream', async () => {
    const steps = await recorded(
      (stream, headers) => {
        stream.on('error', () => {});
        if (headers[':path'] === '/refused') return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
        stream.respond({ ':status': 200 });
        stream.write('begun');
      },
      async (session) => {
        await request(session, { ':path': '/refused' });
        const stream = session.request({ ':path': '/cancelled' });
        stream.on('error', () => {});
        await once(stream, 'data');
        stream.close(http2.constants.NGHTTP2_CANCEL);
        await closed(stream);
      },
    );
    expect(seen(steps)).toMatchObject([
      { outcome: 'failed', error: 'upstream reset the stream before it answered (REFUSED_STREAM)' },
      {
        outcome: 'aborted',
        responseBody: 'begun',
        error: 'the client cancelled the stream in the middle of the response (CANCEL)',
      },
    ]);
  });
});

describe('HTTP/2 frames by hand', () => {
  const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const GET_ROOT = Buffer.of(0x82, 0x84, 0x87);
  const STATUS_200 = Buffer.of(0x88);

  function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
    const header = Buffer.alloc(9);
    header.writeUIntBE(payload.length, 0, 3);
    header.writeUInt8(type, 3);
    header.writeUInt8(flags, 4);
    header.writeUInt32BE(stream, 5);
    return Buffer.concat([header, payload]);
  }
  const goaway = (last: number) => frame(7, 0, 0, Buffer.of(0, 0, 0, last, 0, 0, 0, 0));

  it('does not choose a protocol before the preface is complete, also when the server sends first', () => {
    const exchanges = seen(
      dribbled([
        { upstream: frame(4, 0, 0) },
        { client: Buffer.concat([Buffer.from(PREFACE), frame(1, 0x5, 1, GET_ROOT)]) },
        { upstream: frame(1, 0x5, 1, STATUS_200) },
      ]),
      null,
    );
    expect(exchanges).toMatchObject([{ request: 'GET / 2', status: 200, outcome: 'complete' }]);
  });

  it('ends a response at the CONTINUATION frame after HEADERS with END_STREAM', () => {
    const exchanges = seen([
      {
        client: Buffer.concat([
          Buffer.from(PREFACE),
          frame(1, 0x1, 1, GET_ROOT.subarray(0, 2)),
          frame(9, 0x4, 1, GET_ROOT.subarray(2)),
        ]),
      },
      { upstream: Buffer.concat([frame(1, 0x1, 1), frame(9, 0x4, 1, STATUS_200)]) },
    ]);
    expect(exchanges).toMatchObject([{ requestEnded: true, status: 200, responseEnded: true, outcome: 'complete' }]);
  });

  it('ignores what follows the end of a stream', () => {
    const exchanges = seen([
      { client: Buffer.concat([Buffer.from(PREFACE), frame(1, 0x4, 1, GET_ROOT)]) },
      { upstream: Buffer.concat([frame(1, 0x4, 1, STATUS_200), frame(0, 0x1, 1, Buffer.from('ok'))]) },
      { upstream: frame(0, 0, 1, Buffer.from('late')) },
      { client: Buffer.concat([frame(0, 0x1, 1, Buffer.from('all')), frame(0, 0, 1, Buffer.from('late'))]) },
      { upstream: Buffer.concat([frame(1, 0x5, 1, STATUS_200), frame(0, 0, 1, Buffer.from('late'))]) },
    ]);
    expect(exchanges).toMatchObject([{ requestBody: 'all', responseBody: 'ok', status: 200, degraded: null }]);
  });

  it('fails the streams that GOAWAY refuses', () => {
    const requests = [PREFACE, frame(1, 0x5, 1, GET_ROOT), frame(1, 0x5, 3, GET_ROOT)].map((part) => Buffer.from(part));
    const exchanges = seen([
      { client: Buffer.concat(requests) },
      { upstream: goaway(1) },
      { upstream: frame(1, 0x5, 1, STATUS_200) },
    ]);
    expect(exchanges).toMatchObject([
      { status: 200, outcome: 'complete' },
      { outcome: 'failed', error: expect.stringMatching(/GOAWAY/) },
    ]);
  });

  it.each([
    ['a header block that is not HPACK', frame(1, 0x4, 1, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff))],
    ['a header block cut by another frame', Buffer.concat([frame(1, 0, 1, STATUS_200), frame(0, 0, 1)])],
    ['more padding than payload', frame(1, 0xc, 1, Buffer.of(200, 0x88))],
    ['a frame larger than the limit', frame(1, 0x4, 1, Buffer.alloc(300_000))],
  ])('degrades open exchanges at %s', (_, broken) => {
    const { events, play } = observed({ connection: { alpn: 'h2' } });
    play({ client: Buffer.concat([Buffer.from(PREFACE), frame(1, 0x5, 1, GET_ROOT)]) }, { upstream: broken });
    expect(summarize(events)).toMatchObject([
      { outcome: 'complete', degraded: expect.stringMatching(/^response: an HTTP\/2/) },
    ]);
  });

  it.each([
    ['cannot be decoded', frame(1, 0x5, 1, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff))],
    ['is cut by another frame', Buffer.concat([frame(1, 0, 1, GET_ROOT), frame(0, 0, 1)])],
    ['is larger than the limit', frame(1, 0x4, 1, Buffer.alloc(300_000))],
  ])('records a first request whose header block %s', (_, broken) => {
    const { events, play } = observed({ connection: { alpn: 'h2' } });
    play({ client: Buffer.concat([Buffer.from(PREFACE), broken]) });
    expect(summarize(events)).toMatchObject([
      { request: 'UNKNOWN / ', degraded: expect.stringMatching(/^request: an HTTP\/2/) },
    ]);
  });

  it('a header bomb in HTTP/2 ends the observation: a small block of many references to one large field', () => {
    const large = Buffer.concat([Buffer.of(0x40, 1, 0x61, 0x7f, 0x81, 0x1e), Buffer.alloc(4000, 'x')]);
    const block = Buffer.concat([large, Buffer.alloc(10_000, 0xbe)]);
    const { events, play } = observed({ connection: { alpn: 'h2' } });
    play({ client: Buffer.concat([Buffer.from(PREFACE), frame(1, 0x5, 1, GET_ROOT), frame(1, 0x5, 3, block)]) });
    const degraded = expect.stringMatching(/cannot be decoded/);
    expect(summarize(events)).toMatchObject([
      { request: 'GET / 2', degraded },
      { request: 'UNKNOWN / ', degraded },
    ]);
  });

  it('is typed as hpack.js really is', () => {
    expect(hpack.table.create({ maxSize: 4096 }).lookup(2)).toMatchObject({ name: ':method', value: 'GET' });
  });
});
