import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, TLSSocket } from 'node:tls';

/** Both ends of TLS on raw sockets, for tests that compare bytes and ends without an HTTP library that could change them. */
export interface RawTls {
  stream: Socket;
  tcp: Socket;
}

/** How a connection ended, seen from one end: the other side's FIN or RST, or our own RST. */
export type PeerEnd = 'fin' | 'reset' | 'own reset';

/** One end of a connection, which keeps everything that it reads. */
export class Peer {
  readonly stream: Socket;
  readonly tcp: Socket;
  /** Resolves when the other side ended, one way or the other. */
  readonly ended: Promise<PeerEnd>;
  readonly closed: Promise<void>;
  #chunks: Buffer[] = [];
  #length = 0;
  #isOver = false;
  #resetByUs = false;
  #waiting: { bytes: number; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor({ stream, tcp }: RawTls) {
    this.stream = stream;
    this.tcp = tcp;
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      const over = (end: PeerEnd) => {
        this.#isOver = true;
        this.#wake();
        resolve(end);
      };
      stream.once('end', () => over('fin'));
      stream.once('close', () => over(this.#resetByUs ? 'own reset' : 'reset'));
    });
    this.closed = new Promise((resolve) => {
      if (stream.closed) resolve();
      else stream.once('close', () => resolve());
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks, this.#length);
  }

  /** Waits until this many bytes came in all, counted from the start of the connection. */
  receives(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject });
      this.#wake();
    });
  }

  /** Resolves when the socket took the bytes. */
  send(bytes: string | Buffer): Promise<void> {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    return new Promise((resolve) => this.stream.write(data, () => resolve()));
  }

  fin(): void {
    this.stream.end();
  }

  reset(): void {
    this.#resetByUs = true;
    this.tcp.resetAndDestroy();
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter(({ bytes, resolve, reject }) => {
      if (this.#length >= bytes) resolve();
      else if (this.#isOver) reject(new Error(`the connection ended after ${this.#length} of ${bytes} bytes`));
      else return true;
      return false;
    });
  }
}

export interface RawTlsServer {
  port: number;
  /** The next connection whose handshake is done. */
  accept(): Promise<Peer>;
  close(): Promise<void>;
}

export interface RawTlsServerOptions {
  alpn?: string[];
  onSocket?: (socket: Socket) => void;
  /** 0, the default: a free one. */
  port?: number;
}

/** Listens on loopback. */
export async function startRawTlsServer(
  secureContext: SecureContext,
  { alpn = [], onSocket, port = 0 }: RawTlsServerOptions = {},
): Promise<RawTlsServer> {
  const ready: Peer[] = [];
  const waiting: ((peer: Peer) => void)[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (tcp) => {
    open.add(tcp);
    tcp.once('close', () => open.delete(tcp));
    tcp.on('error', () => {});
    onSocket?.(tcp);
    const stream = new TLSSocket(tcp, {
      isServer: true,
      secureContext,
      ...(alpn.length > 0 && { ALPNProtocols: alpn }),
    });
    stream.on('error', () => {});
    stream.once('secure', () => {
      const peer = new Peer({ stream, tcp });
      const next = waiting.shift();
      if (next) next(peer);
      else ready.push(peer);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accept: () =>
      new Promise((resolve) => {
        const peer = ready.shift();
        if (peer) resolve(peer);
        else waiting.push(resolve);
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

export interface RawTlsClientOptions {
  /** PEM of what the client trusts. */
  ca: string;
  host?: string;
  servername?: string;
  alpn?: string[];
  maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  ciphers?: string;
}

/**
 * TLS over an open TCP connection. Rejects with the handshake's error. In TLS 1.3 it waits for the server's session ticket,
 * the last message of its handshake: a reset before that is a race, and the server may see an end instead.
 */
export function secure(tcp: Socket, options: RawTlsClientOptions): Promise<RawTls> {
  const { ca, host = 'localhost', servername = host, alpn, maxVersion, ciphers } = options;
  tcp.on('error', () => {});
  const stream = connectTls({
    socket: tcp,
    ca,
    host,
    servername,
    ...(alpn && { ALPNProtocols: alpn }),
    ...(maxVersion && { maxVersion }),
    ...(ciphers && { ciphers }),
  });
  return new Promise((resolve, reject) => {
    const done = () => resolve({ stream, tcp });
    stream.once('secureConnect', () => {
      if (stream.getProtocol() !== 'TLSv1.3') done();
    });
    // Not at once: bytes written while OpenSSL is still inside its read get stuck (Node 20).
    stream.once('session', () => setImmediate(done));
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('closed during the handshake')));
  });
}

/** A plain TCP connection to loopback, half-open allowed. */
export async function openTcp(port: number, host = '127.0.0.1'): Promise<Socket> {
  const tcp = connectTcp({ host, port, allowHalfOpen: true, noDelay: true });
  await once(tcp, 'connect');
  return tcp;
}

/** A CONNECT tunnel. Resolves when the proxy accepts, rejects with its status line otherwise. */
export async function openTunnel(proxyPort: number, target: string, authorization?: string): Promise<Socket> {
  const tcp = await openTcp(proxyPort);
  tcp.on('error', () => {});
  tcp.write(connectRequest(target, authorization));
  const head = await readUntil(tcp, '\r\n\r\n');
  if (!head.startsWith('HTTP/1.1 200 ')) {
    tcp.destroy();
    throw new Error(head.split('\r\n', 1)[0] || 'closed without an answer');
  }
  return tcp;
}

export function connectRequest(target: string, authorization?: string): string {
  const credentials = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${credentials}Proxy-Connection: keep-alive\r\n\r\n`;
}

/** Reads up to and including the mark (latin1), or to the end, and leaves the rest in the socket. */
export async function readUntil(socket: Socket, mark: string): Promise<string> {
  let text = '';
  for (;;) {
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) {
      text += chunk.toString('latin1');
      const end = text.indexOf(mark);
      if (end === -1) continue;
      const rest = Buffer.from(text.slice(end + mark.length), 'latin1');
      if (rest.length > 0) socket.unshift(rest);
      return text.slice(0, end + mark.length);
    }
    if (socket.readableEnded || socket.destroyed) return text;
    await new Promise<void>((resolve) => {
      const wake = () => {
        socket.off('readable', wake).off('end', wake).off('close', wake);
        resolve();
      };
      socket.on('readable', wake).on('end', wake).on('close', wake);
    });
  }
}

/** Everything until the other side ends. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}
