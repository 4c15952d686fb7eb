import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { basicAuthorization } from '../../base/credentials.js';
import { hostAndPort } from '../../base/host-and-port.js';
import { readHead } from '../client/read-head.js';
import { dialError, errorCode, ProxyError } from '../failures.js';
import { type PipeEnd, plainEnd, tameErrors } from '../pipe-end.js';
import { handshake } from './handshake.js';
import { markFor } from './nested.js';
import { noProxyMatches } from './no-proxy.js';
import { isWidened, type Trust } from './trust.js';
import type { UpstreamProxies, UpstreamProxy } from './upstream-proxy.js';

/** How to reach servers. */
export interface Route {
  proxies: UpstreamProxies;
  noProxy: string;
  /** Verifies an https:// proxy. */
  trust: Trust;
  timeoutMs: number;
  /** Our own port on loopback: a connection to it would be a loop. */
  ownPort: () => number;
  /** Whether we intercept anything: a claude-trace that we chain to must not record it again. */
  isReading: boolean;
  /** Called with every socket that is opened, so that all can be closed. */
  onSocket: (socket: Socket) => void;
}

/** Reply heads of corporate proxies are short; some set a cookie or two. */
const MAX_REPLY_HEAD = 65_536;

/** The proxy for this target, for a tunnel or a plain request; null for a direct connection. */
export function proxyFor(
  { proxies, noProxy }: Route,
  scheme: keyof UpstreamProxies,
  host: string,
  port: number,
): UpstreamProxy | null {
  const proxy = proxies[scheme];
  return proxy && !noProxyMatches(noProxy, host, port) ? proxy : null;
}

/**
 * Opens a connection for a tunnel's bytes: direct, or by CONNECT through the corporate proxy. Aborting the signal destroys the
 * connection, whether or not it is open yet.
 * @throws ProxyError dns, refused, unreachable, timeout, loop, upstream_proxy
 */
export async function dial(route: Route, host: string, port: number, signal: AbortSignal): Promise<PipeEnd> {
  const proxy = proxyFor(route, 'https', host, port);
  if (!proxy) return dialDirect(route, host, port, signal);
  const side = await dialProxy(route, proxy, hostAndPort(host, port), signal);
  await connectThrough(side, proxy, route, hostAndPort(host, port));
  return side;
}

/** Opens a connection to the corporate proxy itself: TCP, and TLS for an https:// proxy. @throws ProxyError */
export async function dialProxy(
  route: Route,
  proxy: UpstreamProxy,
  target: string,
  signal: AbortSignal,
): Promise<PipeEnd> {
  const tried = route.trust.context();
  const side = await dialDirect(route, proxy.host, proxy.port, signal, target);
  if (proxy.protocol === 'http') return side;
  try {
    return await secureProxy(route, proxy, target, side, tried);
  } catch (error) {
    side.tcp.destroy();
    // Its authority may be in the system's own store only.
    if (signal.aborted || !isWidened(route.trust, tried, error)) throw error;
    return dialProxy(route, proxy, target, signal);
  }
}

async function secureProxy(
  route: Route,
  proxy: UpstreamProxy,
  target: string,
  side: PipeEnd,
  secureContext: SecureContext,
): Promise<PipeEnd> {
  const stream = connectTls({
    socket: side.tcp,
    host: proxy.host,
    servername: isIP(proxy.host) ? '' : proxy.host,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  });
  await handshake(
    stream,
    route.timeoutMs,
    () => stream.destroy(new Error('no answer in time')),
    (error) =>
      error
        ? proxyFailure(proxy, target, `its TLS failed (${error.message})`, errorCode(error))
        : proxyFailure(proxy, target, 'it closed the connection during the TLS handshake'),
  );
  return { stream, tcp: side.tcp };
}

/**
 * Opens a TCP connection to this host.
 * @param target what the client asked for, where this is a proxy on the way
 * @throws ProxyError dns, refused, unreachable, timeout, loop
 */
export function dialDirect(
  { timeoutMs, ownPort, onSocket }: Route,
  host: string,
  port: number,
  signal: AbortSignal,
  target = hostAndPort(host, port),
): Promise<PipeEnd> {
  const what = target === hostAndPort(host, port) ? target : `The proxy ${hostAndPort(host, port)}`;
  return new Promise((resolve, reject) => {
    // Happy eyeballs is Node's default, but a user can switch it off by a flag.
    const socket = connectTcp({ host, port, allowHalfOpen: true, autoSelectFamily: true, noDelay: true });
    onSocket(socket);
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    const onError = (error: Error) => reject(dialError(error, target, what));
    const onClose = () => {
      clearTimeout(timer);
      reject(dialError(new Error('closed'), target, what));
    };
    const onAbort = () => socket.destroy();
    signal.addEventListener('abort', onAbort);
    // A relay may open many connections for one client.
    socket.once('close', () => signal.removeEventListener('abort', onAbort));
    socket.once('error', onError).once('close', onClose);
    socket.once('connect', () => {
      clearTimeout(timer);
      tameErrors(socket);
      socket.off('error', onError).off('close', onClose);
      if (isLoopback(socket.remoteAddress) && socket.remotePort === ownPort()) {
        socket.destroy();
        return reject(new ProxyError('loop', target, null, `${what} is this proxy itself; check your proxy settings.`));
      }
      resolve(plainEnd(socket));
    });
    if (signal.aborted) onAbort();
  });
}

async function connectThrough({ stream }: PipeEnd, proxy: UpstreamProxy, route: Route, target: string): Promise<void> {
  const authorization = proxy.credentials ? `Proxy-Authorization: ${basicAuthorization(proxy.credentials)}\r\n` : '';
  const mark = markFor(proxy, route.isReading).map((line) => `${line}\r\n`);
  stream.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}${mark.join('')}\r\n`);
  const head = await readHead(stream, { maxBytes: MAX_REPLY_HEAD, timeoutMs: route.timeoutMs });
  if (Buffer.isBuffer(head)) {
    const statusLine = head.toString('latin1').split(/\r?\n/, 1)[0] ?? '';
    const status = /^HTTP\/1\.\d (\d{3})/.exec(statusLine)?.[1];
    if (status?.startsWith('2')) return;
    stream.destroy();
    throw proxyFailure(
      proxy,
      target,
      status === undefined ? 'its answer is not HTTP' : `it answered ${status}`,
      status,
    );
  }
  stream.destroy();
  if (head === 'timeout') {
    throw new ProxyError('timeout', target, null, `${describe(proxy)} did not answer for ${target} in time.`);
  }
  throw proxyFailure(proxy, target, head === 'closed' ? 'it closed the connection' : 'its answer is not HTTP');
}

function proxyFailure(proxy: UpstreamProxy, target: string, why: string, code: string | null = null): ProxyError {
  const hint = code === '407' ? ' Put its credentials into HTTPS_PROXY (http://user:password@host:port).' : '';
  return new ProxyError(
    'upstream_proxy',
    target,
    code,
    `${describe(proxy)} did not connect to ${target}: ${why}.${hint}`,
  );
}

function describe(proxy: UpstreamProxy): string {
  return `The proxy ${hostAndPort(proxy.host, proxy.port)}`;
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\./.test(address);
}
