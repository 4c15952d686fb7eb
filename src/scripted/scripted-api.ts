import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describeError } from '../base/error-text.js';
import { listenOn } from '../base/listen-on.js';
import type { Header, HeaderList } from '../model/exchange.js';
import { createScratchAuthority } from './certificates.js';
import { errorReply, type Reply, sendReply } from './reply.js';

/** A request as it arrived. Tests compare it with what claude-trace stored. */
export interface ReceivedRequest {
  method: string;
  /** Path and query, also of an absolute-form target. */
  path: string;
  host: string;
  headers: HeaderList;
  body: Buffer;
  /** Hex, of the body bytes. */
  sha256: string;
  /** Requests on one connection share the number. */
  connection: number;
  encrypted: boolean;
  /** Unix ms, when the body was complete. */
  at: number;
  /** The answer, once it was sent; null until then. */
  answered: { status: number; body: Buffer } | null;
}

export interface ReceivedConnect {
  target: string;
  headers: HeaderList;
}

export type Script = (request: ReceivedRequest) => Reply | Promise<Reply>;

export interface ScriptedApiOptions {
  script: Script;
  /** Called when a request is complete, before it is answered. */
  onRequest?: (request: ReceivedRequest) => void;
  /** The status for a CONNECT; anything but 200 refuses it. Default: 200. */
  answerConnect?: (connect: ReceivedConnect) => number;
  /** Default: a free port. */
  port?: number;
  /** Whether `received` and `connects` grow with each request. Default: true. */
  keepsRequests?: boolean;
}

export interface ScriptedApi {
  port: number;
  /** For clients that speak plain HTTP to it. */
  url: string;
  /** For HTTPS_PROXY: it then answers every CONNECT itself, as a company's TLS-inspecting proxy does. */
  proxyUrl: string;
  /** The certificate of its authority, for NODE_EXTRA_CA_CERTS. */
  caPem: string;
  received: ReceivedRequest[];
  connects: ReceivedConnect[];
  /** Breaks what is open and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts a scripted Messages API on 127.0.0.1. One port serves TLS for any host name, plain HTTP, and CONNECT, which either
 * may follow: the first byte of a connection decides.
 * @throws CannotListenError
 */
export async function startScriptedApi(options: ScriptedApiOptions): Promise<ScriptedApi> {
  const authority = await createScratchAuthority();
  const received: ReceivedRequest[] = [];
  const connects: ReceivedConnect[] = [];
  const sockets = new Set<Socket>();
  const connections = new WeakMap<Socket, { id: number; raw: Socket }>();
  let connectionCount = 0;

  // Larger than any headers that tests send.
  const http = createHttpServer({ maxHeaderSize: 256 * 1024, requestTimeout: 0, keepAliveTimeout: 60_000 });
  http.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  http.on('connect', (request, socket: Socket, head: Buffer) => {
    const connect = { target: request.url ?? '', headers: headerList(request) };
    if (options.keepsRequests !== false) connects.push(connect);
    const status = options.answerConnect?.(connect) ?? 200;
    if (status !== 200) {
      const challenge = status === 407 ? 'Proxy-Authenticate: Basic realm="scripted"\r\n' : '';
      socket.end(`HTTP/1.1 ${status} Refused\r\n${challenge}Content-Length: 0\r\n\r\n`);
      return;
    }
    if (head.length > 0) socket.unshift(head);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    accept(socket, connect.target.replace(/:\d+$/, ''));
  });

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Some scripted clients leave early; their requests are in `received`.
    socket.on('error', () => socket.destroy());
    accept(socket, 'localhost');
  });

  /** Passes the connection to TLS or HTTP, by its first byte: 0x16 opens a TLS handshake. */
  function accept(socket: Socket, host: string): void {
    socket.once('readable', () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      if (first[0] === 0x16) acceptTls(socket, host);
      else serve(socket, socket);
    });
  }

  function acceptTls(raw: Socket, host: string): void {
    const tls = new TLSSocket(raw, {
      isServer: true,
      secureContext: authority.contextFor(host),
      SNICallback: (name, done) => done(null, authority.contextFor(name)),
      ALPNProtocols: ['http/1.1'],
    });
    tls.on('error', () => raw.destroy());
    serve(tls, raw);
  }

  function serve(socket: Socket, raw: Socket): void {
    connections.set(socket, { id: connectionCount++, raw });
    http.emit('connection', socket);
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = connections.get(incoming.socket);
    const body = Buffer.concat(await incoming.toArray());
    const target = incoming.url ?? '/';
    const request: ReceivedRequest = {
      method: incoming.method ?? '',
      path: target.replace(/^http:\/\/[^/]+/, '') || '/',
      host: incoming.headers.host ?? '',
      headers: headerList(incoming),
      body,
      sha256: createHash('sha256').update(body).digest('hex'),
      connection: connection?.id ?? -1,
      encrypted: incoming.socket instanceof TLSSocket,
      at: Date.now(),
      answered: null,
    };
    if (options.keepsRequests !== false) received.push(request);
    options.onRequest?.(request);
    const reply = await replyTo(request);
    const sent = await sendReply(response, reply, () => connection?.raw.resetAndDestroy());
    request.answered = { status: reply.status, body: sent };
  }

  async function replyTo(request: ReceivedRequest): Promise<Reply> {
    try {
      return await options.script(request);
    } catch (error) {
      // A bug in a script must not leave the client hanging.
      return errorReply(500, 'api_error', `The script failed: ${describeError(error)}`);
    }
  }

  const port = await listenOn(server, 'API', '127.0.0.1', options.port ?? 0);

  function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  }

  const url = `http://127.0.0.1:${port}`;
  return { port, url, proxyUrl: url, caPem: authority.caPem, received, connects, close };
}

function headerList(message: IncomingMessage): HeaderList {
  const headers: Header[] = [];
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.push([message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '']);
  }
  return headers;
}
