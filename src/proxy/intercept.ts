import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { ClientHello } from './client-hello.js';
import { now } from './clock.js';
import { type ClientConnection, fail, observe, type ProxyContext } from './context.js';
import { clientTlsError, ProxyError } from './failures.js';
import { hostAndPort } from './host-rules.js';
import { plainSide, reset, type Side, tameErrors } from './side.js';
import { splice } from './splice.js';
import { watchWaiting } from './waiting.js';

interface Target {
  host: string;
  port: number;
  hello: ClientHello;
  /** Answers the client. */
  leaf: SecureContext;
}

/**
 * Node's own TLS client judges a certificate only after the handshake and then just closes. Gone this soon without one byte,
 * it most likely does not trust us; an idle connection that was opened ahead lives longer.
 */
const SILENT_DISTRUST_MS = 1_000;

/**
 * TLS on both sides: upstream first, as the client's hello asks for it, then the client, with the protocol that upstream
 * chose; then the bytes are spliced before a tap. A handshake that fails ends the client's connection the way the other ended.
 */
export async function intercept(
  context: ProxyContext,
  connection: ClientConnection,
  below: Side,
  { host, port, hello, leaf }: Target,
): Promise<void> {
  const waiting = watchWaiting(connection.socket);
  const upstream = await context.openUpstreamTls(below, host, port, hello, waiting.left).catch((error: unknown) => {
    if (waiting.left.aborted) return null;
    if (!(error instanceof ProxyError)) throw error;
    if (error.failure.kind === 'upstream_untrusted') context.stopIntercepting(host, port);
    fail(context, error.failure);
    if (error.failure.code === 'ECONNRESET') reset(plainSide(connection.socket));
    else connection.socket.destroy();
    return null;
  });
  waiting.stop();
  if (waiting.left.aborted) {
    upstream?.stream.destroy();
    connection.socket.destroy();
  }
  if (!upstream || waiting.left.aborted) return;

  const alpn = upstream.stream.alpnProtocol || null;
  const stream = await answerClient(connection.socket, leaf, alpn).catch((error: unknown) => {
    fail(context, clientTlsError(error instanceof Error ? error : null, hostAndPort(host, port)).failure);
    return null;
  });
  if (!stream) {
    upstream.stream.destroy();
    return;
  }

  connection.handOver();
  reportSilence(stream, upstream.stream, () => fail(context, clientTlsError(null, hostAndPort(host, port)).failure));
  const tap = observe(context, host, port, 'tls', alpn);
  splice({ stream, tcp: connection.socket }, upstream, tap);
}

/** Calls back when the client goes soon after its handshake and has not said a byte, and upstream was not the first to go. */
function reportSilence(client: TLSSocket, upstream: TLSSocket, report: () => void): void {
  const secureAt = now();
  const onData = () => client.off('end', onGone).off('close', onGone);
  const onGone = () => {
    client.off('data', onData).off('end', onGone).off('close', onGone);
    const upstreamGone = upstream.readableEnded || upstream.destroyed;
    if (!upstreamGone && now() - secureAt < SILENT_DISTRUST_MS) report();
  };
  client.once('data', onData).once('end', onGone).once('close', onGone);
}

/** Server handshake on the client's socket, whose buffered hello is read first. Rejects with null when the client just left. */
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
    // With half-open sockets Node leaves an end in mid-handshake to us. It comes from the socket itself when the FIN was
    // buffered with the hello.
    const onEnd = () => stream.destroy();
    stream.once('error', onError).once('close', onClose).once('end', onEnd);
    socket.once('end', onEnd);
    // Node emits it when a server handshake is done; only tls.Server listens to it, and makes `secureConnection` of it.
    stream.once('secure', () => {
      stream.off('error', onError).off('close', onClose).off('end', onEnd);
      socket.off('end', onEnd);
      resolve(stream);
    });
  });
}

/** RFC 7301 3.1: each name behind its length; as bytes, since names need not be text. */
function wireForm(protocol: string): Buffer {
  return Buffer.concat([Buffer.from([protocol.length]), Buffer.from(protocol, 'latin1')]);
}
