import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseClientHello } from '../../../src/proxy/client/client-hello.js';

/** What Node's own TLS client really sends. */
async function captureHello(options: { servername?: string; ALPNProtocols?: string[] }): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('not listening');
  const client = connect({ port: address.port, host: '127.0.0.1', ...options });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [hello] = await once(socket, 'data');
  socket.destroy();
  client.destroy();
  server.close();
  return hello;
}

let hello: Buffer;
beforeAll(async () => {
  hello = await captureHello({ servername: 'api.example.test', ALPNProtocols: ['h2', 'http/1.1'] });
});

/** The same handshake message cut into records of this size. */
function recut(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const fragment = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, fragment.length >> 8, fragment.length & 0xff]), fragment);
  }
  return Buffer.concat(records);
}

describe('a ClientHello', () => {
  it('tells SNI and ALPN', () => {
    expect(parseClientHello(hello)).toEqual({
      serverName: 'api.example.test',
      alpn: Buffer.from('\x02h2\x08http/1.1'),
    });
  });

  it('may have neither', async () => {
    expect(parseClientHello(await captureHello({ servername: '' }))).toEqual({ serverName: null, alpn: null });
  });

  it('is incomplete at every earlier byte', () => {
    for (let end = 0; end < hello.length; end += 1) {
      expect(parseClientHello(hello.subarray(0, end))).toBe('incomplete');
    }
  });

  it('reads the same when cut into several records, and with bytes behind it', () => {
    expect(parseClientHello(recut(hello, 40))).toEqual(parseClientHello(hello));
    expect(parseClientHello(Buffer.concat([hello, Buffer.from('early data')]))).toEqual(parseClientHello(hello));
  });

  it.each(['GET / HTTP/1.1\r\n', 'SSH-2.0', '\x16GET'])('is not what begins with %j', (text) => {
    expect(parseClientHello(Buffer.from(text, 'latin1'))).toBe('not_tls');
  });

  it('never throws: not for random bytes, not for a hello with bytes changed', () => {
    const parsing = (bytes: Uint8Array) => () => parseClientHello(Buffer.from(bytes));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void expect(parsing(bytes)).not.toThrow()));
    const change = fc.tuple(fc.nat(hello.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const broken = Buffer.from(hello);
        for (const [at, value] of changes) broken[at] = value;
        expect(parsing(broken)).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });

  it('is malformed when a length points past the end, or it is cut into dust', () => {
    const broken = Buffer.from(hello);
    broken[43] = 255; // session id length
    broken.fill(0xff, 44, 80);
    expect(parseClientHello(broken)).toBe('malformed');
    expect(parseClientHello(recut(hello, 1))).toBe('malformed');
  });
});
