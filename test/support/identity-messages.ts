import type { IdentityCase } from './identity-play.js';

export const GET = 'GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n';
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
export const post = (length: number, path = '/v1/messages') =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
const json = (body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const MESSAGE =
  '{ "model":"claude-x", "messages" : [{"role":"user","content":"a\\u002fb", "n":12345678901234567890, "n":1.0}]}\n';
const ANSWER =
  '{"type" :"message","role":"assistant","content":[{"type":"text","text":"caf\\u00e9"}],"usage":{"input_tokens":1e1}}';
const STREAM =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"m","role":"assistant","content":[]}}\n\n';
const CALL = '{"id":1e2,"method":"tools\\/call","params":{"name":"x","arguments":{"a":0.10}},"jsonrpc":"2.0"}';
const RESULT = '{"result":{"content":[{"text":"y","type":"text"}]},"id":1e2,"jsonrpc":"2.0"}';
const CHUNKED_EVENTS = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const CHUNKED_POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
export const CHUNKED_OK = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const EVERY_BYTE = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');

/** Unusual but complete messages, compared byte by byte. */
export const MESSAGE_CASES: IdentityCase[] = [
  exchanges('header names keep their case', [
    'GET / HTTP/1.1\r\nhOsT: localhost\r\nX-API-key: a\r\nx-Stainless-LANG: js\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh: 0\r\nrequest-ID: 1\r\n\r\n',
  ]),
  exchanges('headers keep their order', [
    'GET / HTTP/1.1\r\nZ: 1\r\nHost: localhost\r\nA: 2\r\nM: 3\r\n\r\n',
    'HTTP/1.1 200 OK\r\nZ: 1\r\nContent-Length: 0\r\nA: 2\r\nDate: x\r\n\r\n',
  ]),
  exchanges('duplicate headers stay apart', [
    'GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a=1\r\nX: 1\r\nCookie: b=2\r\nX: 1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nContent-Length: 0\r\nSet-Cookie: b\r\nVary: x\r\nVary: y\r\n\r\n',
  ]),
  exchanges('odd white space in headers stays', [
    'GET / HTTP/1.1\r\nHost:localhost\r\nA:   1  \r\nB:\t2\t\r\nC: \r\nD:\r\n\r\n',
    'HTTP/1.1  200  OK\r\nContent-Length:0  \r\nA:\t1\r\n\r\n',
  ]),
  exchanges('folded headers stay folded', [
    'GET / HTTP/1.1\r\nHost: localhost\r\nA: 1,\r\n  2,\r\n\t3\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: 1,\r\n  2\r\n\r\n',
  ]),
  exchanges('odd bytes in headers stay', [
    'GET /\xe4\xff?q=\x80 HTTP/1.1\r\nHost: localhost\r\nA: \x01\x7f\xe2\x82\xac\xff\r\n\r\n',
    'HTTP/1.1 200 \xdcber\r\nContent-Length: 0\r\nA: \x80\xff\r\n\r\n',
  ]),
  exchanges('every byte value in both bodies stays', [
    post(256) + EVERY_BYTE,
    `HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n${EVERY_BYTE}`,
  ]),
  exchanges('chunk extensions and odd chunk sizes stay', [
    `${CHUNKED_POST}3;name=value;q="a;b"\r\nabc\r\n00A;x\r\n0123456789\r\n0;last\r\n\r\n`,
    `${CHUNKED_OK}3 ; ext\r\nabc\r\na\r\n0123456789\r\n000\r\n\r\n`,
  ]),
  exchanges('trailers stay', [
    `${CHUNKED_POST}3\r\nabc\r\n0\r\nX-Trailer: 1\r\nx-trailer: 2\r\n\r\n`,
    `${CHUNKED_OK}3\r\nabc\r\n0\r\nServer-Timing: total;dur=1\r\n\r\n`,
  ]),
  exchanges('103 Early Hints comes before the answer', [
    GET,
    `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`,
  ]),
  exchanges(
    'Expect: 100-continue accepted late',
    [
      'POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
    ],
    ['body', OK],
  ),
  exchanges('Expect: 100-continue refused', [
    'POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
    'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  ]),
  exchanges(
    'Upgrade turns the connection into bytes',
    [
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi',
    ],
    [EVERY_BYTE, EVERY_BYTE],
  ),
  exchanges(
    'HEAD has a length and no body',
    ['HEAD /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n'],
    [GET, OK],
  ),
  exchanges(
    '204 and 304 have no body',
    [GET, 'HTTP/1.1 204 No Content\r\n\r\n'],
    [GET, 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n'],
    [GET, OK],
  ),
  exchanges('pipelined requests and answers', [
    `${GET + post(3)}abc${GET}`,
    `${OK + CHUNKED_OK}1\r\na\r\n0\r\n\r\n${OK}`,
  ]),
  exchanges('many exchanges on one connection', ...Array.from({ length: 20 }, (): [string, string] => [GET, OK])),
  exchanges('bare LF as line end', [
    'POST / HTTP/1.1\nHost: localhost\nContent-Length: 2\n\nhi',
    'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
  ]),
  exchanges('64 KB of headers', [
    `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${'a'.repeat(65_536)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nB: ${'b'.repeat(65_536)}\r\n\r\n`,
  ]),
  exchanges('a status and a method that nobody knows', [
    'bReW /pot HTTP/1.0\r\n\r\n',
    'HTTP/1.1 799 I am\ta "teapot"\r\nContent-Length: 0\r\n\r\n',
  ]),
  exchanges('Content-Length beside Transfer-Encoding', [
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n1\r\na\r\n0\r\n\r\n',
  ]),
  exchanges(
    'JSON of a model and of an MCP server, as it is spelled',
    [post(MESSAGE.length) + MESSAGE, json(ANSWER)],
    [post(MESSAGE.length) + MESSAGE, `${CHUNKED_EVENTS}${STREAM.length.toString(16)}\r\n${STREAM}\r\n0\r\n\r\n`],
    [post(CALL.length, '/mcp') + CALL, json(RESULT)],
  ),
  exchanges('no HTTP at all', [`\0\x01\x02 hello${EVERY_BYTE}`, `SSH-2.0-x\r\n${EVERY_BYTE}`]),
];

/** The normal course: each request is answered when it has arrived completely; then the client ends, then the server. */
function exchanges(name: string, ...turns: [request: string, response: string][]): IdentityCase {
  return {
    name,
    async client(self) {
      let expected = 0;
      for (const [request, response] of turns) {
        void self.send(request);
        expected += response.length;
        await self.receives(expected);
      }
      self.fin();
    },
    async server(self) {
      let expected = 0;
      for (const [request, response] of turns) {
        expected += request.length;
        await self.receives(expected);
        void self.send(response);
      }
      await self.ended;
      self.fin();
    },
  };
}
