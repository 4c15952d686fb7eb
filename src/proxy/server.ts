import { createServer, type Socket } from 'node:net';
import { now } from '../base/clock.js';
import { describeError } from '../base/error-text.js';
import { hostAndPort } from '../base/host-and-port.js';
import { listenOn } from '../base/listen-on.js';
import type { OpenObserver } from '../wire/index.js';
import type { Authority } from './certificates/authority.js';
import { createLeaves } from './certificates/leaves.js';
import { createChallenges } from './client/challenges.js';
import { authorizes, type Credentials } from './client/credentials.js';
import { type ProxyRequest, parseProxyRequest } from './client/proxy-request.js';
import { type NoHead, readHead } from './client/read-head.js';
import { refuse } from './client/replies.js';
import { type ClientConnection, fail, type ProxyContext } from './context.js';
import type { ProxyFact, ProxyFailure } from './facts.js';
import { badRequest, errorCode, ProxyError } from './failures.js';
import { forward } from './forward.js';
import { matchesAny, parseHostRule } from './host-rules.js';
import { createObserverQueue } from './observer-queue.js';
import { plainEnd, reset, tameErrors } from './pipe-end.js';
import { createRefusals } from './refusals.js';
import type { Relay } from './relay.js';
import { tunnel } from './tunnel.js';
import { isReadByAnother } from './upstream/nested.js';
import { systemCertificates } from './upstream/system-certificates.js';
import { createTrust } from './upstream/trust.js';
import type { UpstreamProxies } from './upstream/upstream-proxy.js';
import { createUpstreamTls } from './upstream/upstream-tls.js';

export interface ProxyOptions {
  /** Signs for intercepted hosts; null: everything is tunnelled. */
  authority: Authority | null;
  /** `api.anthropic.com`, `*.anthropic.com`, IP addresses, each also with `:port`. */
  interceptHosts: readonly string[];
  /**
   * Those of them that other programs may call, too. Once a client has accepted our certificate there, clients of kinds that have
   * accepted it nowhere pass unread, so that none of their connections fails. Default: none.
   */
  sharedHosts?: readonly string[];
  /** What clients must send; null: nothing. */
  credentials: Credentials | null;
  upstream: UpstreamOptions;
  /** 0: a free port. */
  port?: number;
  openObserver: OpenObserver;
  /** Observers are called this long after the bytes, with many calls together, so that no bytes wait for them. Default: 0, at once. */
  observeAfterMs?: number;
  /** Called when no call to an observer waits any more. */
  onObserved?: () => void;
  /** Carries intercepted connections to a host in place of the splice; null if they are spliced. Default: all are spliced. */
  relayFor?: (host: string, port: number) => Relay | null;
  /** Must not throw. */
  onFact: (fact: ProxyFact) => void;
  /** For each connection we open, each step of reaching a proxy, and upstream's TLS handshake. */
  connectTimeoutMs?: number;
  /** Handshakes in a row that clients may refuse at a host before their connections pass unread. */
  maxRefusals?: number;
  /** For the client's request head, from the moment it connects. */
  headTimeoutMs?: number;
}

interface UpstreamOptions {
  /** The corporate proxies to chain to. */
  proxies: UpstreamProxies;
  /** Hosts that are reached without the proxies, as in NO_PROXY. */
  noProxy: string;
  /** Authorities of upstream beside the system's, PEM. */
  ca: readonly string[];
  /** What the system trusts, PEM. Default: its own store. */
  readSystemCa?: () => readonly string[];
  /** Intercepted hosts that are tunnelled nevertheless: those that ask the client for a certificate. */
  passthroughHosts?: readonly string[];
}

export interface Proxy {
  port: number;
  /** Stops accepting connections and closes open ones. */
  close(): Promise<void>;
  /** Resets every open connection, and calls observers with everything so far: for a process that cannot go on. */
  abort(): void;
}

const DEFAULTS = { port: 0, connectTimeoutMs: 30_000, headTimeoutMs: 30_000, maxRefusals: 3, observeAfterMs: 0 };

const TRUST_DELAY_MS = 100;

const LOOPBACK = '127.0.0.1';
/** The head of an absolute-form request holds all its headers. */
const MAX_HEAD = 262_144;

/**
 * Starts a forward proxy on loopback. It does all its work on the event loop that calls it.
 * @throws CannotListenError
 */
export async function startProxy(given: ProxyOptions): Promise<Proxy> {
  const options = { ...DEFAULTS, ...given };
  const open = new Set<Socket>();
  const track = (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  const context = createContext(options, track, () => port);
  // allowHalfOpen: a client that has sent everything may still read.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    track(socket);
    void serve(context, socket);
  });
  const port = await listenOn(server, 'proxy', LOOPBACK, options.port);
  // After the client's start, which needs the processor, and before its first connection, which should not wait for this.
  setTimeout(context.route.trust.context, TRUST_DELAY_MS).unref();
  return {
    port,
    close: async () => {
      // Upstream's as well: an observer is called with the end when both sides are gone.
      const ends = [...open].map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of open) socket.destroy();
      await Promise.all([new Promise((resolve) => server.close(resolve)), ...ends]);
      context.challenges.close();
      context.observerQueue.flush();
    },
    abort: () => {
      server.close();
      for (const socket of open) reset(plainEnd(socket));
      context.observerQueue.flush();
    },
  };
}

/** Serves one client: reads its request, checks its credentials, and tunnels or forwards it. Never rejects. */
async function serve(context: ProxyContext, socket: Socket): Promise<void> {
  tameErrors(socket);
  const left = new AbortController();
  const onClose = () => left.abort();
  socket.once('close', onClose);
  const connection: ClientConnection = {
    socket,
    gone: left.signal,
    handOver: () => socket.off('close', onClose),
  };
  try {
    const head = await readHead(socket, { maxBytes: MAX_HEAD, timeoutMs: context.headTimeoutMs });
    if (head === 'closed') return void socket.destroy();
    if (!Buffer.isBuffer(head)) throw badRequest(NO_HEAD[head]);
    const request = parseProxyRequest(head);
    const denied = denialOf(request, context.credentials);
    if (denied !== null) {
      if (request.authorization === null) context.challenges.begin(denied.target, () => fail(context, denied));
      else fail(context, denied);
      return refuse(socket, denied);
    }
    context.challenges.met(targetOf(request));
    const reading = isReadByAnother(head) ? leftToAnother(context, request) : context;
    if (request.type === 'tunnel') await tunnel(reading, connection, request.host, request.port);
    else await forward(reading, connection, request);
  } catch (error) {
    if (left.signal.aborted) return;
    const known = error instanceof ProxyError;
    const failure = known ? error.failure : internalError(error);
    fail(context, failure);
    if (known) refuse(socket, failure);
    else reset(plainEnd(socket));
  }
}

/** Does not intercept this request: a claude-trace in front of us does. */
function leftToAnother(context: ProxyContext, { host, port }: ProxyRequest): ProxyContext {
  if (context.isIntercepted(host, port)) context.onFact({ type: 'nested', host, port, at: now() });
  return { ...context, isIntercepted: () => false };
}

const NO_HEAD: Readonly<Record<Exclude<NoHead, 'closed'>, string>> = {
  cut: 'The request ended in the middle of its head.',
  too_large: `The head of the request is larger than ${MAX_HEAD} bytes.`,
  timeout: 'The request did not arrive in time.',
  garbage: 'This is not an HTTP/1.1 request.',
};

function targetOf({ host, port }: ProxyRequest): string {
  return hostAndPort(host, port);
}

/** @returns null if its credentials are right */
function denialOf(request: ProxyRequest, credentials: Credentials | null) {
  const { authorization } = request;
  if (credentials === null || authorizes(authorization, credentials)) return null;
  const target = targetOf(request);
  const what = authorization === null ? 'without' : 'with wrong';
  const message = `A program asked the proxy for ${target} ${what} credentials; use the whole HTTPS_PROXY value.`;
  return { kind: 'unauthenticated', target, code: null, message } satisfies ProxyFailure;
}

function internalError(error: unknown): ProxyFailure {
  const what = describeError(error);
  const message = `The proxy failed on one connection and reset it (${what}); please report this.`;
  return { kind: 'internal', target: null, code: errorCode(error), message };
}

function createContext(
  options: ProxyOptions & typeof DEFAULTS,
  onSocket: (socket: Socket) => void,
  ownPort: () => number,
): ProxyContext {
  const { authority, credentials, upstream, openObserver, onFact, connectTimeoutMs, headTimeoutMs } = options;
  const { relayFor = () => null, observeAfterMs, onObserved = () => {} } = options;
  const intercepted = options.interceptHosts.map(parseHostRule);
  const shared = (options.sharedHosts ?? []).map(parseHostRule);
  const passedThrough = (upstream.passthroughHosts ?? []).map(parseHostRule);
  const onUnreadable = (why: string) => {
    const message = `A configured CA certificate cannot be read and is left out (${why}).`;
    onFact({ type: 'failed', failure: { kind: 'upstream_untrusted', target: null, code: null, message }, at: now() });
  };
  const trust = createTrust(upstream.ca, onUnreadable, upstream.readSystemCa ?? systemCertificates);
  return {
    route: {
      proxies: upstream.proxies,
      noProxy: upstream.noProxy,
      trust,
      timeoutMs: connectTimeoutMs,
      ownPort,
      isReading: authority !== null && intercepted.length > 0,
      onSocket,
    },
    isIntercepted: (host, port) =>
      authority !== null && matchesAny(intercepted, host, port) && !matchesAny(passedThrough, host, port),
    isShared: (host, port) => matchesAny(shared, host, port),
    refusals: createRefusals(options.maxRefusals),
    untrusted: new Set(),
    leafFor: authority && createLeaves(authority),
    openUpstreamTls: createUpstreamTls(trust, connectTimeoutMs),
    credentials,
    challenges: createChallenges(),
    headTimeoutMs,
    openObserver,
    observerQueue: createObserverQueue(observeAfterMs, onObserved),
    relayFor,
    onFact,
  };
}
