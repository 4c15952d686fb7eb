import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProxyRequest, rewriteHead } from '../../../src/proxy/client/proxy-request.js';
import { ProxyError } from '../../../src/proxy/failures.js';

const parse = (head: string) => parseProxyRequest(Buffer.from(head, 'latin1'));

describe('CONNECT', () => {
  it.each([
    ['api.test:443', 'api.test', 443],
    ['API.test:8443', 'API.test', 8443],
    ['my_host:1', 'my_host', 1],
    ['[::1]:443', '::1', 443],
    ['127.0.0.1:65535', '127.0.0.1', 65_535],
  ])('%s', (target, host, port) => {
    expect(parse(`CONNECT ${target} HTTP/1.1\r\n\r\n`)).toMatchObject({ type: 'tunnel', host, port });
  });

  it.each([
    'api.test',
    'api.test:',
    'api.test:0',
    'api.test:65536',
    'api.test:99999999',
    'api.test:https',
    'api.test:443/x',
    ':443',
    '[::1:443',
    '[zz]:443',
    '::1:443',
    'a b:443',
    'http://api.test:443',
    `${'a'.repeat(256)}:443`,
    'm\xfcll.test:443',
  ])('%s is not a target', (target) => {
    expect(() => parse(`CONNECT ${target} HTTP/1.1\r\n\r\n`)).toThrow(ProxyError);
  });

  it('finds the credentials in a header of any case', () => {
    const head = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\npROXY-Authorization:  Basic eA==  \r\n\r\n';
    expect(parse(head).authorization).toBe('Basic eA==');
  });
});

describe('an absolute-form request', () => {
  const rewrite = (head: string, nextHop: Parameters<typeof rewriteHead>[1] = null) => {
    const request = parse(head);
    if (request.type !== 'forward') throw new Error('not a forward request');
    return rewriteHead(request.head, nextHop).toString('latin1');
  };

  it('gets origin form and Connection: close, loses Proxy-* lines, and keeps every other byte', () => {
    expect(
      rewrite(
        'POST http://A.test:81/p?q=\xff HTTP/1.1\r\nhOST:A.test:81\r\nProxy-Authorization: Basic eA==\r\n  folded\r\n' +
          'Connection: keep-alive\r\nX:  1 \r\n\t2\r\nProxy-Connection: x\r\nX: 1\r\n\r\n',
      ),
    ).toBe('POST /p?q=\xff HTTP/1.1\r\nhOST:A.test:81\r\nConnection: close\r\nX:  1 \r\n\t2\r\nX: 1\r\n\r\n');
  });

  it.each([
    ['http://a.test', '/'],
    ['http://a.test?q', '/?q'],
    ['HTTP://a.test/x', '/x'],
    ['http://[::1]:8080/', '/'],
  ])('%s asks for %s', (target, origin) => {
    expect(rewrite(`GET ${target} HTTP/1.1\r\n\r\n`)).toBe(`GET ${origin} HTTP/1.1\r\nConnection: close\r\n\r\n`);
  });

  it('keeps the absolute form for another proxy, with its credentials', () => {
    expect(
      rewrite('GET http://a.test/ HTTP/1.1\r\nProxy-Authorization: ours\r\n\r\n', { proxyAuthorization: 'theirs' }),
    ).toBe('GET http://a.test/ HTTP/1.1\r\nConnection: close\r\nProxy-Authorization: theirs\r\n\r\n');
  });

  it('keeps its Connection when it upgrades, and its bare LF', () => {
    const head = 'GET http://a.test/ws HTTP/1.1\nConnection: keep-alive, Upgrade\nUpgrade: websocket\n\n';
    expect(rewrite(head)).toBe(head.replace('http://a.test', ''));
  });
});

describe('anything else', () => {
  it.each(['GET / HTTP/1.1\r\n\r\n', 'GET https://a.test/ HTTP/1.1\r\n\r\n', 'OPTIONS * HTTP/1.1\r\n\r\n'])(
    '%j gets the answer that this is a proxy',
    (head) => {
      expect(() => parse(head)).toThrow('This is a proxy, not a web server.');
    },
  );

  it('is refused without a crash', () => {
    const word = fc.constantFrom(
      'CONNECT',
      'GET',
      ' ',
      'http://',
      '[',
      ']',
      ':',
      '443',
      'a',
      '\r\n',
      '\n',
      '\t',
      'HTTP/1.1',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 20 }), (words) => {
        try {
          parse(`${words.join('')}\r\n\r\n`);
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
