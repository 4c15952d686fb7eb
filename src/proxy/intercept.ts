import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { now } from '../base/clock.js';
import type { ClientHello } from './client/client-hello.js';
import { type ClientConnection, carry, fail, type ProxyContext, passUnread } from './context.js';
import { clientGivenUp, clientTlsError, ProxyError } from './failures.js';
import { type PipeEnd, plainEnd, reset, tameErrors } from './pipe-end.js';
import type { Caller } from './refusals.js';
import type { Relay } from './relay.js';
import { dial } from './upstream/dial.js';
import { isWidened } from './upstream/trust.js';
import type { UpstreamTls } from './upstream/upstream-tls.js';
import { watchWaiting } from './waiting.js';

interface Target {
  host: string;
  port: number;
  hello: ClientHello;
  caller: Caller;
  /** Certificate for the client. */
  leaf: SecureContext;
}

/**
 * Node's own TLS client checks a certificate only after the handshake, and then just closes. A client that leaves this soon
 * without sending a byte most likely does not trust us; a connection that was opened ahead stays idle for longer.
 */
const SILENT_DISTRUST_MS = 1_000;

/**
 * TLS on both sides: first with upstream, as the client's hello asks for it, then with the client, with the protocol that
 * upstream chose. Then the bytes are spliced beside an observer. A handshake that upstream breaks off ends the client's connection in
 * the same way. Where upstream's certificate does not verify, or upstream does not understand us, the client tries by itself.
 */
export async function intercept(
  context: ProxyContext,
  connection: ClientConnection,
  below: PipeEnd,
  asked: Target,
): Promise<void> {
  const relay = relayOf(context, asked);
  const target = relay === null ? asked : { ...asked, hello: inHttp1(asked.hello) };
  const { host, port, caller, leaf } = target;
  const waiting = watchWaiting(connection.socket);
  const upstream = await openUpstream(context, below, target, waiting.left).catch((error: unknown) => {
    if (error instanceof ProxyError) return error;
    if (waiting.left.aborted) return null;
    throw error;
  });
  waiting.stop();
  if (waiting.left.aborted) {
    if (upstream && 'stream' in upstream) upstream.stream.destroy();
    connection.socket.destroy();
  }
  if (!upstream || waiting.left.aborted) return;
  if (upstream instanceof ProxyError) return goOnWithout(context, connection, target, upstream);
  context.untrusted.delete(caller.target);

  const onRefused = (error: Error | null) => {
    const { failure } = clientTlsError(error, caller.target);
    fail(context, failure);
    const isSilent = failure.kind === 'client_untrusting' && !failure.code?.startsWith('ERR_SSL_');
    if (context.refusals.refused(caller, isSilent)) fail(context, clientGivenUp(caller.target));
  };
  const alpn = upstream.stream.alpnProtocol || null;
  const stream = await answerClient(connection.socket, leaf, alpn).catch((error: unknown) => {
    onRefused(error instanceof Error ? error : null);
    return null;
  });
  if (!stream) {
    upstream.stream.destroy();
    return;
  }

  connection.handOver();
  watchSilence(stream, upstream.stream, {
    onSpoken: () => context.refusals.accepted(caller),
    onSilentlyGone: () => onRefused(null),
  });
  const client = { stream, tcp: connection.socket };
  const redial = async (signal: AbortSignal) =>
    openUpstream(context, await dial(context.route, host, port, signal), target, signal);
  carry(context, relay, { host, port, carriage: 'tls', alpn, client, upstream, redial });
}

/** Null if the connection is spliced. */
function relayOf(context: ProxyContext, { host, port, hello, caller }: Target): Relay | null {
  const relay = context.relayFor(host, port);
  if (relay === null || hello.alpn === null || hello.alpn.includes(wireForm(HTTP1))) return relay;
  relay.leftOut(`a client that called ${caller.target} speaks only HTTP/2`);
  return null;
}

/** Reduces a hello to HTTP/1.1 as its only protocol. Without a list there is no choice. */
function inHttp1(hello: ClientHello): ClientHello {
  return hello.alpn === null ? hello : { ...hello, alpn: wireForm(HTTP1) };
}

/** Tries again with the system's own store where the certificate does not verify. @throws ProxyError */
async function openUpstream(
  context: ProxyContext,
  below: PipeEnd,
  target: Target,
  left: AbortSignal,
): Promise<UpstreamTls> {
  const { route } = context;
  const tried = route.trust.context();
  try {
    return await context.openUpstreamTls(below, target.host, target.port, target.hello, left);
  } catch (error) {
    below.tcp.destroy();
    if (left.aborted || !isWidened(route.trust, tried, error)) throw error;
    return openUpstream(context, await dial(route, target.host, target.port, left), target, left);
  }
}

/**
 * Upstream's certificate did not verify, or upstream does not understand us: the client gets its own connection, and checks the
 * certificate itself; it may trust more than we do. The next connection is intercepted again. Where upstream closed, the
 * client's connection is closed, too.
 */
async function goOnWithout(
  context: ProxyContext,
  connection: ClientConnection,
  { host, port, caller }: Target,
  { failure }: ProxyError,
): Promise<void> {
  const isUntrusted = failure.kind === 'upstream_untrusted';
  if (!isUntrusted || !context.untrusted.has(caller.target)) fail(context, failure);
  if (isUntrusted) context.untrusted.add(caller.target);
  if (!isUntrusted && !failure.code?.startsWith('ERR_SSL_')) {
    if (failure.code === 'ECONNRESET') reset(plainEnd(connection.socket));
    else connection.socket.destroy();
    return;
  }
  try {
    const upstream = await dial(context.route, host, port, connection.gone);
    passUnread(context, connection, upstream, { host, port });
  } catch (error) {
    // The tunnel is open: we must not answer in it.
    if (!(error instanceof ProxyError)) throw error;
    if (!connection.gone.aborted) fail(context, error.failure);
    connection.socket.destroy();
  }
}

interface SilenceEvents {
  /** The client sent its first byte: it accepted our certificate. */
  onSpoken(): void;
  /** The client left soon after its handshake without sending a byte, and before upstream. */
  onSilentlyGone(): void;
}

function watchSilence(client: TLSSocket, upstream: TLSSocket, { onSpoken, onSilentlyGone }: SilenceEvents): void {
  const secureAt = now();
  const onData = () => {
    client.off('end', onGone).off('close', onGone);
    onSpoken();
  };
  const onGone = () => {
    client.off('data', onData).off('end', onGone).off('close', onGone);
    const upstreamGone = upstream.readableEnded || upstream.destroyed;
    if (!upstreamGone && now() - secureAt < SILENT_DISTRUST_MS) onSilentlyGone();
  };
  client.once('data', onData).once('end', onGone).once('close', onGone);
}

/** Server handshake on the client's socket, whose buffered hello is read first. Rejects with null where the client just left. */
function answerClient(socket: Socket, secureContext: SecureContext, alpn: string | null): Promise<TLSSocket> {
  const stream = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ...(alpn !== null && { ALPNProtocols: wireForm(alpn) }),
  });
  tameErrors(stream);
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(error);
    const onClose = () => reject(null);
    // With half-open sockets Node leaves an end during the handshake to us. The socket itself emits it where the FIN was
    // buffered with the hello.
    const onEnd = () => stream.destroy();
    stream.once('error', onError).once('close', onClose).once('end', onEnd);
    socket.once('end', onEnd);
    // Emitted after a server handshake; tls.Server makes `secureConnection` of it.
    stream.once('secure', () => {
      stream.off('error', onError).off('close', onClose).off('end', onEnd);
      socket.off('end', onEnd);
      resolve(stream);
    });
  });
}

const HTTP1 = 'http/1.1';

/** RFC 7301 3.1: each name behind its length; as bytes, since names need not be text. */
function wireForm(protocol: string): Buffer {
  return Buffer.concat([Buffer.from([protocol.length]), Buffer.from(protocol, 'latin1')]);
}
