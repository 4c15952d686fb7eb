import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, expect } from 'vitest';
import {
  openTcp,
  openTunnel,
  Peer,
  type RawTlsServer,
  type RawTlsServerOptions,
  readUntil,
  secure,
  startRawTlsServer,
} from '../../support/raw-tls.js';
import { ours, startTestProxy, type TestProxy, upstreamContext } from './harness.js';

/** Run after each test of the file that imports this. */
export const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

export async function proxyWith(options: Parameters<typeof startTestProxy>[0] = {}): Promise<TestProxy> {
  const proxy = await startTestProxy(options);
  cleanups.push(() => proxy.close());
  return proxy;
}

export async function upstreamWith(
  options: RawTlsServerOptions = {},
  context = upstreamContext(),
): Promise<RawTlsServer> {
  const server = await startRawTlsServer(context, options);
  cleanups.push(() => server.close());
  return server;
}

export async function talk(proxy: TestProxy, port: number, alpn?: string[]): Promise<{ peer: Peer; tls: TLSSocket }> {
  const tunnel = await openTunnel(proxy.port, `localhost:${port}`);
  const opened = await secure(tunnel, { ca: ours.certificatePem, ...(alpn && { alpn }) });
  return { peer: new Peer(opened), tls: opened.stream as TLSSocket };
}

/** A TLS client whose first flight we send ourselves, with a function to continue its handshake. */
export async function manualClient(): Promise<{
  hello: Buffer;
  proceed: (proxyPort: number, first: Buffer[]) => Promise<Peer>;
}> {
  const sent: Buffer[] = [];
  let forward = (chunk: Buffer): void => void sent.push(chunk);
  const pipe = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      forward(chunk);
      done();
    },
  });
  const stream = connectTls({ socket: pipe, servername: 'localhost', ca: ours.certificatePem });
  while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return {
    hello: Buffer.concat(sent),
    proceed: async (proxyPort, first) => {
      const tcp = await openTcp(proxyPort);
      for (const part of first) await new Promise((resolve) => tcp.write(part, resolve));
      expect(await readUntil(tcp, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
      forward = (chunk) => void tcp.write(chunk);
      tcp.on('data', (chunk: Buffer) => pipe.push(chunk));
      await once(stream, 'secureConnect');
      return new Peer({ stream, tcp });
    },
  };
}

export async function nodeHello(): Promise<Buffer> {
  return (await manualClient()).hello;
}
