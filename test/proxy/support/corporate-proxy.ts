import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { signLeaf } from '../../../src/proxy/certificates/authority.js';
import type { UpstreamProxy } from '../../../src/proxy/upstream/upstream-proxy.js';
import { openTcp, readUntil } from '../../support/raw-tls.js';
import { world } from './harness.js';

export interface Corporate {
  settings: UpstreamProxy;
  /** Heads that it received. */
  heads: string[];
  close(): void;
}

/** A corporate proxy for the length of a test: records each head, answers it, and tunnels after a 2xx. */
export async function corporateProxy(answer: string, protocol: 'http' | 'https' = 'http'): Promise<Corporate> {
  const heads: string[] = [];
  const serve = async (socket: Socket) => {
    socket.on('error', () => {});
    const head = await readUntil(socket, '\r\n\r\n');
    heads.push(head);
    const [, port] = /^CONNECT \S+:(\d+) /.exec(head) ?? [];
    if (port === undefined || !answer.startsWith('HTTP/1.1 2')) return void socket.end(answer);
    const target = await openTcp(Number(port));
    socket.write(answer);
    socket.pipe(target).on('error', () => {});
    target.pipe(socket);
  };
  const leaf = signLeaf(world, 'localhost');
  const server =
    protocol === 'http'
      ? createServer(serve)
      : createTlsServer({ cert: leaf.certificatePem, key: leaf.privateKeyPem }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => void server.close();
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  const credentials = { username: 'me', password: 'corp:secret' };
  return { settings: { protocol, host: 'localhost', port, credentials }, heads, close };
}
