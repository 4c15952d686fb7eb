import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { hostAndPort } from '../../base/host-and-port.js';
import { listenOn } from '../../base/listen-on.js';
import type { GatewayLimits, Listen } from '../config/schema.js';

/** How often Node looks for connections whose request takes too long. */
const CHECK_MS = 1_000;
const MAX_HEADERS = 200;
/** Anybody can be refused as often as they like, and must not fill the log. */
const REPORT_REFUSED_MS = 1_000;

export interface ListenOptions {
  /** Name of the server in errors. */
  name: string;
  listen: Listen;
  limits: GatewayLimits;
  /** Null without TLS. */
  tls: SecureContextOptions | null;
  onRequest: RequestListener;
  /** Called when bytes were refused with this status: they are not HTTP, too many or too slow. */
  onBadRequest(status: number, ip: string): void;
  /** Called when connections above the limit were refused, once a second at most. @param ip of the last of them */
  onRefused(count: number, ip: string): void;
}

export interface Listener {
  /** `host:port` with the port that was bound. */
  address: string;
  /** New connections get this certificate. */
  setTls(tls: SecureContextOptions): void;
  /** All limits but the size of headers, which cannot change. */
  setLimits(limits: GatewayLimits): void;
  /** No new connections from now on. */
  stopAccepting(): void;
  closeIdle(): void;
  closeAll(): void;
}

/** @throws CannotListenError */
export async function listenFor(given: ListenOptions): Promise<Listener> {
  const { name, listen, limits, tls, onRequest, onBadRequest, onRefused } = given;
  const options = {
    maxHeaderSize: limits.headers,
    connectionsCheckingInterval: CHECK_MS,
    requireHostHeader: true,
    noDelay: true,
    keepAlive: true,
  };
  const server: Server = tls === null ? createHttpServer(options) : createHttpsServer({ ...options, ...tls });
  server.maxHeadersCount = MAX_HEADERS;
  const setLimits = ({ request_timeout, headers_timeout, keep_alive, connections }: GatewayLimits) => {
    server.headersTimeout = headers_timeout;
    server.requestTimeout = Math.max(request_timeout, headers_timeout);
    server.keepAliveTimeout = keep_alive;
    server.maxConnections = connections;
  };
  setLimits(limits);
  server.on('request', onRequest);
  // By default, Node sends "100 Continue" before anything is checked.
  server.on('checkContinue', onRequest);
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    const status = STATUS[error.code ?? ''] ?? 400;
    if (socket.writable) onBadRequest(status, socket.remoteAddress ?? '');
    if (socket.writable && socket.bytesWritten === 0) {
      socket.end(`HTTP/1.1 ${status} ${REASON[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    } else socket.destroy();
  });
  const reportRefused = countRefused(server, onRefused);
  const port = await listenOn(server, name, listen.host, listen.port);
  return {
    address: hostAndPort(listen.host, port),
    setTls(changed) {
      if (server instanceof HttpsServer) server.setSecureContext(changed);
    },
    setLimits,
    // The close of http.Server also ends connections on which a client may just be sending a request.
    stopAccepting() {
      NetServer.prototype.close.call(server);
      reportRefused();
    },
    closeIdle: () => server.closeIdleConnections(),
    closeAll: () => server.closeAllConnections(),
  };
}

/** @returns reports refused connections that were not reported yet */
function countRefused(server: Server, onRefused: ListenOptions['onRefused']): () => void {
  let count = 0;
  let ip = '';
  let timer: NodeJS.Timeout | null = null;
  const report = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (count === 0) return;
    onRefused(count, ip);
    count = 0;
    timer = setTimeout(report, REPORT_REFUSED_MS).unref();
  };
  server.on('drop', (dropped) => {
    count += 1;
    ip = dropped?.remoteAddress ?? '';
    if (timer === null) report();
  });
  return report;
}

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
const REASON: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
