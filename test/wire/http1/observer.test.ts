import { describe, expect, it } from 'vitest';
import { observed, type Step, summarize } from '../support/wire.js';

const GET = 'GET /a HTTP/1.1\r\nHost: api.test\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function played(...steps: Step[]) {
  const { events, play } = observed();
  play(...steps);
  return summarize(events);
}

const reset = (by: 'client' | 'upstream' | 'proxy'): Step => ({ closed: { by, how: 'reset', code: 'ECONNRESET' } });
const fin = (by: 'client' | 'upstream' | 'proxy'): Step => ({ closed: { by, how: 'fin', code: null } });

describe('an HTTP/1.1 exchange', () => {
  it('is reported in named events, with the times of the wire', () => {
    const { events, play } = observed();
    play(
      { client: 'POST /v1/messages HTTP/1.1\r\nX-Odd:  caf\xe9 \r\ncontent-length: 4\r\n\r\nab' },
      { client: 'cd' },
      { upstream: 'HTTP/1.1 200 Fine by me\r\nContent-Length: 2\r\n\r\no' },
      { upstream: 'k' },
    );
    const exchange = events[0]?.exchange ?? '';
    expect(exchange).toMatch(/^[0-9a-z]{26}$/);
    expect(events).toEqual([
      {
        type: 'request_head',
        exchange,
        host: 'api.test',
        port: 443,
        scheme: 'https',
        method: 'POST',
        target: '/v1/messages',
        httpVersion: '1.1',
        headers: [
          ['X-Odd', 'caf\xe9'],
          ['content-length', '4'],
        ],
        at: 1,
      },
      { type: 'request_body', exchange, bytes: new Uint8Array(Buffer.from('ab')), at: 1 },
      { type: 'request_body', exchange, bytes: new Uint8Array(Buffer.from('cd')), at: 2 },
      { type: 'request_end', exchange, size: 4, truncated: false, at: 2 },
      {
        type: 'response_head',
        exchange,
        status: 200,
        reason: 'Fine by me',
        httpVersion: '1.1',
        headers: [['Content-Length', '2']],
        at: 3,
      },
      { type: 'response_body', exchange, bytes: new Uint8Array(Buffer.from('o')), at: 3 },
      { type: 'response_body', exchange, bytes: new Uint8Array(Buffer.from('k')), at: 4 },
      { type: 'response_end', exchange, size: 2, truncated: false, at: 4 },
      {
        type: 'settled',
        exchange,
        outcome: 'complete',
        error: null,
        degraded: null,
        forwarded: 1.5,
        delivered: 4.5,
        at: 4.5,
      },
    ]);
  });

  it('begins with its first byte, not with the empty line before it, and is forwarded when that byte is', () => {
    const { events, play } = observed();
    play({ client: '\r\n\r\n' }, { client: 'G' }, { client: GET.slice(1) }, { upstream: OK });
    expect(events[0]).toMatchObject({ type: 'request_head', at: 2 });
    expect(events.at(-1)).toMatchObject({ type: 'settled', forwarded: 2.5 });
  });

  it('was forwarded at the latest when its answer came, though the write is confirmed later', () => {
    const { events, observer } = observed();
    observer.clientBytes(Buffer.from(GET), 1);
    observer.upstreamBytes(Buffer.from(OK), 2);
    observer.forwarded(GET.length, 3);
    observer.delivered(OK.length, 4);
    expect(events.at(-1)).toMatchObject({ type: 'settled', forwarded: 2, delivered: 4 });
  });

  it('passes on bytes of the observer without copying them, in a view whose slice is a copy', () => {
    const { events, play } = observed();
    const chunk = Buffer.from(`${OK}`);
    play({ client: GET }, { upstream: chunk });
    const body = events.find((event) => event.type === 'response_body');
    expect(body?.bytes.buffer).toBe(chunk.buffer);
    expect(body?.bytes.slice().buffer).not.toBe(chunk.buffer);
  });

  it('settles when the client has accepted the last byte', () => {
    const { events, play, observer } = observed({ delivers: false });
    play({ client: GET }, { upstream: OK });
    observer.delivered(OK.length - 1, 10);
    expect(events.at(-1)?.type).toBe('response_end');
    observer.delivered(OK.length, 11);
    expect(events.at(-1)).toMatchObject({ type: 'settled', outcome: 'complete', delivered: 11, at: 11 });
  });

  it('is complete without a delivery when the connection closes first', () => {
    const { events, play } = observed({ delivers: false });
    play({ client: GET }, { upstream: OK }, fin('client'));
    expect(events.at(-1)).toMatchObject({ type: 'settled', outcome: 'complete', delivered: null });
  });

  it('a body beyond the limit is kept up to the limit, and the rest is counted', () => {
    const { events, play } = observed({ limits: { bodyBytes: 3, headBytes: 1000 } });
    play({ client: GET }, { upstream: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab' }, { upstream: 'cdef' });
    expect(summarize(events)[0]?.responseBody).toBe('abc');
    expect(events.at(-2)).toMatchObject({ type: 'response_end', size: 6, truncated: true });
  });
});

describe('the body of a response', () => {
  it.each([
    ['chunks with extensions and trailers', '4;a="b"\r\nabcd\r\n1 ; x\r\ne\r\n0\r\nX-Sum: 1\r\n\r\n'],
    ['chunks with bare line feeds', '4\nabcd\n1\ne\n0\n\n'],
  ])('may come in %s', (_, chunks) => {
    const [exchange, next] = played(
      { client: GET + GET },
      { upstream: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}${OK}` },
    );
    expect(exchange).toMatchObject({ responseBody: 'abcde', outcome: 'complete', degraded: null });
    expect(next).toMatchObject({ responseBody: 'ok', outcome: 'complete' });
  });

  it('may be ended by the end of the connection', () => {
    const [exchange] = played(
      { client: GET },
      { upstream: 'HTTP/1.1 200 OK\r\n\r\nall of ' },
      { upstream: 'it' },
      'upstream fin',
    );
    expect(exchange).toMatchObject({ responseBody: 'all of it', responseEnded: true, outcome: 'complete' });
  });

  it('is not complete when a reset ends it', () => {
    const [exchange] = played({ client: GET }, { upstream: 'HTTP/1.1 200 OK\r\n\r\nsome' }, reset('upstream'));
    expect(exchange).toMatchObject({
      responseEnded: false,
      outcome: 'failed',
      error: 'upstream reset the connection in the middle of the response',
    });
  });

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n'],
  ])('is empty for %s answered by %j', (method, head) => {
    const exchanges = played({ client: GET.replace('GET', method) + GET }, { upstream: head + OK });
    expect(exchanges.map(({ responseBody, outcome }) => [responseBody, outcome])).toEqual([
      ['', 'complete'],
      ['ok', 'complete'],
    ]);
  });
});

describe('requests and responses in step', () => {
  it('pairs pipelined requests with their responses in order', () => {
    const post = 'POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n';
    const exchanges = played(
      { client: GET + post },
      { upstream: OK },
      { upstream: 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n' },
    );
    expect(exchanges.map(({ request, requestBody, status }) => [request, requestBody, status])).toEqual([
      ['GET /a 1.1', '', 200],
      ['POST /b 1.1', 'xyz', 404],
    ]);
  });

  it('skips several interim responses; the first byte is that of the final one', () => {
    const { events, play } = observed();
    play(
      { client: GET },
      { upstream: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' },
      { upstream: OK },
    );
    expect(events.filter((event) => event.type === 'response_head')).toMatchObject([{ status: 200, at: 3 }]);
  });

  it('accepts an answer before the end of the request, and the rest of the request after it', () => {
    const [exchange] = played(
      { client: 'POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab' },
      { upstream: 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n' },
      { client: 'cd' },
    );
    expect(exchange).toMatchObject({ status: 413, requestBody: 'abcd', requestEnded: true, outcome: 'complete' });
  });

  it('is complete with a refused expectation, although the request never ended', () => {
    const [exchange] = played(
      { client: 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n' },
      { upstream: 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n' },
      fin('client'),
    );
    expect(exchange).toMatchObject({ status: 417, requestEnded: false, responseEnded: true, outcome: 'complete' });
  });

  it('a connection goes on unobserved after an upgrade', () => {
    const [exchange, ...others] = played(
      { client: 'GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n' },
      { upstream: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi' },
      { client: '\x81\x80 no HTTP' },
      fin('client'),
    );
    expect(exchange).toMatchObject({ status: 101, responseBody: '', outcome: 'complete', degraded: null });
    expect(others).toEqual([]);
  });

  it('lets the connection go on unobserved after a CONNECT that succeeded', () => {
    const connect = 'CONNECT other.test:443 HTTP/1.1\r\n\r\n';
    const exchanges = played({ client: connect }, { upstream: 'HTTP/1.1 200 OK\r\n\r\n' }, { client: '\x16\x03\x01' });
    expect(exchanges).toMatchObject([{ request: 'CONNECT other.test:443 1.1', outcome: 'complete', degraded: null }]);
  });
});

describe('a head', () => {
  it('may have bare line feeds, folded lines, and lines as long as the limit allows', () => {
    const long = 'x'.repeat(65_000);
    const [exchange] = played({ client: `GET / HTTP/1.0\nA:1\n\tand 2\nLong: ${long}\nEmpty:\n\n` }, { upstream: OK });
    expect(exchange?.requestHeaders).toEqual([
      ['A', '1 and 2'],
      ['Long', long],
      ['Empty', ''],
    ]);
    expect(exchange).toMatchObject({ request: 'GET / 1.0', outcome: 'complete' });
  });

  it.each([
    ['different lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n', /conflicting Content-Length/],
    ['a length that is not a number', 'Content-Length: -2\r\n', /not a number/],
    ['chunks inside another coding', 'Transfer-Encoding: chunked, gzip\r\n', /transfer coding/],
    ['a header line without a name', ': 2\r\n', /no name/],
  ])('with %s degrades the exchange, in either direction', (_, lines, reason) => {
    const [request] = played({ client: `POST / HTTP/1.1\r\n${lines}\r\n` });
    expect(request).toMatchObject({ outcome: 'complete', error: null, degraded: expect.stringMatching(reason) });
    const [response] = played({ client: GET }, { upstream: `HTTP/1.1 200 OK\r\n${lines}\r\n` });
    expect(response).toMatchObject({ outcome: 'complete', error: null, degraded: expect.stringMatching(reason) });
  });

  it.each([
    ['both lengths', 'Content-Length: 99\r\nTransfer-Encoding: chunked\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: Chunked\r\n'],
  ])('with %s is chunked, in either direction, and later exchanges are seen', (_, lines) => {
    const both = `${lines}\r\n2\r\nok\r\n0\r\n\r\n`;
    const post = `POST / HTTP/1.1\r\n${both}`;
    const answer = `HTTP/1.1 200 OK\r\n${both}`;
    const one = { requestBody: 'ok', responseBody: 'ok', outcome: 'complete', degraded: null };
    const exchanges = played({ client: post }, { upstream: answer }, { client: post }, { upstream: answer });
    expect(exchanges).toMatchObject([one, one]);
  });

  it('may have a coding before chunked, or one that only the end of the connection ends', () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
    const unending = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nto the end';
    const exchanges = played({ client: GET + GET }, { upstream: chunked + unending }, 'upstream fin');
    expect(exchanges).toMatchObject([
      { responseBody: 'ok', outcome: 'complete', degraded: null },
      { responseBody: 'to the end', outcome: 'complete', degraded: null },
    ]);
  });

  it('of a request must say where the body ends', () => {
    const [exchange] = played({ client: 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nbody' });
    expect(exchange).toMatchObject({ degraded: expect.stringMatching(/no end/) });
  });

  it('may have leading zeros in its length, or in that of a chunk', () => {
    const sized = `HTTP/1.1 200 OK\r\nContent-Length: ${'0'.repeat(20)}2\r\n\r\nok`;
    const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'0'.repeat(16)}2\r\nok\r\n${'0'.repeat(30)}\r\n\r\n`;
    const exchanges = played({ client: GET + GET }, { upstream: chunked + sized });
    expect(exchanges).toMatchObject([
      { responseBody: 'ok', degraded: null },
      { responseBody: 'ok', degraded: null },
    ]);
  });

  it('may have the same length twice', () => {
    const twice = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2, 2\r\n\r\nok';
    expect(played({ client: GET }, { upstream: twice })).toMatchObject([{ responseBody: 'ok', outcome: 'complete' }]);
  });

  it('a head larger than the limit degrades the exchange', () => {
    const { events, play } = observed({ limits: { bodyBytes: 100, headBytes: 100 } });
    play({ client: `GET / HTTP/1.1\r\nA: ${'x'.repeat(60)}` }, { client: 'x'.repeat(60) });
    expect(summarize(events)).toMatchObject([{ request: 'UNKNOWN / ', degraded: expect.stringMatching(/limit/) }]);
  });
});

describe('bytes that are not HTTP', () => {
  it('bytes that are not HTTP settle open exchanges as degraded, keep whole ones, and end the observation', () => {
    const { events, play, observer } = observed({ delivers: false });
    play({ client: GET + GET }, { upstream: `${OK}not HTTP at all\r\n\r\n` }, { client: GET });
    observer.delivered(OK.length, 10);
    expect(summarize(events)).toMatchObject([
      { status: 200, outcome: 'complete', degraded: null },
      { status: null, outcome: 'complete', degraded: 'response: not an HTTP/1.x status line' },
    ]);
  });

  it('are never stored as a head, since they may hold credentials', () => {
    const { events, play } = observed();
    play({ client: 'GET  / HTTP/7\r\nAuthorization: Bearer top-secret\r\n\r\n' });
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(summarize(events)).toMatchObject([
      { request: 'UNKNOWN / ', degraded: 'request: not an HTTP/1.x request line' },
    ]);
  });

  it('are reported with the next request when no exchange was open', () => {
    const exchanges = played({ client: GET }, { upstream: `${OK}${OK}` }, { client: GET }, { client: GET });
    expect(exchanges).toMatchObject([
      { status: 200, degraded: null },
      { request: 'UNKNOWN / ', degraded: 'response: it came before a request' },
    ]);
  });
});

describe('an exchange that breaks', () => {
  const upload: Step = { client: 'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab' };
  const half: Step = { upstream: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab' };

  it.each<[Step[], string, string]>([
    [[{ client: GET }, reset('upstream')], 'failed', 'upstream reset the connection before it answered'],
    [[{ client: GET }, 'upstream fin'], 'failed', 'upstream closed the connection before it answered'],
    [[upload, fin('upstream')], 'failed', 'upstream closed the connection in the middle of the request'],
    [[{ client: GET }, half, 'upstream fin'], 'failed', 'upstream closed the connection in the middle of the response'],
    [
      [{ client: GET }, half, fin('client')],
      'aborted',
      'the client closed the connection in the middle of the response',
    ],
    [[{ client: GET }, reset('client')], 'aborted', 'the client reset the connection before the answer came'],
    [
      [upload, 'client fin', 'upstream fin'],
      'aborted',
      'the client closed the connection in the middle of the request',
    ],
    [[{ client: GET }, fin('proxy')], 'aborted', 'claude-trace closed the connection before the answer came'],
  ])('names the side that broke it: %j', (steps, outcome, error) => {
    expect(played(...steps)).toMatchObject([{ outcome, error, degraded: null }]);
  });

  it('goes on after the client closed only its own side', () => {
    expect(played({ client: GET }, 'client fin', { upstream: OK })).toMatchObject([
      { status: 200, outcome: 'complete' },
    ]);
  });

  it('settles once', () => {
    const { events, play } = observed();
    play({ client: GET }, half, 'upstream fin', fin('upstream'));
    expect(events.filter((event) => event.type === 'settled')).toHaveLength(1);
  });
});
