import { connect, type TLSSocket } from 'node:tls';
import { hostAndPort } from '../../base/host-and-port.js';
import { RecentMap } from '../../base/recent-map.js';
import type { ClientHello } from '../client/client-hello.js';
import { ProxyError, upstreamTlsError } from '../failures.js';
import type { PipeEnd } from '../pipe-end.js';
import { handshake } from './handshake.js';
import type { Trust } from './trust.js';

/**
 * Opens TLS to upstream as the client's hello asks for it. Aborting the signal destroys the connection during its handshake.
 * @throws ProxyError upstream_untrusted, upstream_tls, timeout
 */
export type OpenUpstreamTls = (
  below: PipeEnd,
  host: string,
  port: number,
  hello: ClientHello,
  signal: AbortSignal,
) => Promise<UpstreamTls>;

export interface UpstreamTls extends PipeEnd {
  stream: TLSSocket;
}

/** TLS sessions that are kept. */
const MAX_SESSIONS = 100;

/**
 * TLS to upstream with exactly the client's SNI and ALPN list, always verified, TLS 1.2 or later (by `trust`). Sessions are
 * resumed for the same host, SNI and ALPN.
 * @param timeoutMs for the handshake
 */
export function createUpstreamTls(trust: Trust, timeoutMs: number): OpenUpstreamTls {
  const sessions = new RecentMap<string, Buffer>(MAX_SESSIONS);

  return async (below, host, port, { serverName, alpn }, signal) => {
    const target = hostAndPort(host, port);
    const key = `${target} ${serverName} ${alpn?.toString('latin1')}`;
    const session = sessions.get(key);
    const stream = connect({
      socket: below.stream,
      host, // the certificate must be for it where the client sent no SNI
      servername: serverName ?? '',
      secureContext: trust.context(),
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
      ...(alpn && { ALPNProtocols: alpn }),
      ...(session && { session }),
    });
    stream.on('session', (fresh: Buffer) => sessions.set(key, fresh));
    const giveUp = () => {
      stream.destroy();
      below.tcp.destroy();
    };
    const late = new ProxyError('timeout', target, null, `${target} did not finish its TLS handshake in time.`);
    const secured = handshake(
      stream,
      timeoutMs,
      () => stream.destroy(late),
      (error) => (error === late ? late : upstreamTlsError(error, target)),
    );
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    try {
      await secured;
      return { stream, tcp: below.tcp };
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };
}
