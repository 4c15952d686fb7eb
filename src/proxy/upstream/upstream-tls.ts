import { connect, type TLSSocket } from 'node:tls';
import { RecentMap } from '../../base/recent-map.js';
import type { ClientHello } from '../client/client-hello.js';
import { ProxyError, upstreamTlsError } from '../failures.js';
import { hostAndPort } from '../host-rules.js';
import { type PipeEnd, tameErrors } from '../pipe-end.js';
import type { Trust } from './trust.js';

/**
 * Opens TLS towards upstream as the client's hello asks for it. Aborting the signal destroys the connection in mid-handshake.
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

/** Sessions of more servers than this are forgotten, oldest first. */
const MAX_SESSIONS = 100;

/**
 * TLS towards upstream: exactly the client's SNI and ALPN list, always verified, TLS 1.2 at least (by `trust`), sessions
 * resumed where host, SNI and ALPN are the same.
 * @param timeoutMs for the handshake
 */
export function createUpstreamTls(trust: Trust, timeoutMs: number): OpenUpstreamTls {
  const sessions = new RecentMap<string, Buffer>(MAX_SESSIONS);

  return (below, host, port, { serverName, alpn }, signal) => {
    const target = hostAndPort(host, port);
    const key = `${target} ${serverName} ${alpn?.toString('latin1')}`;
    const session = sessions.get(key);
    const stream = connect({
      socket: below.stream,
      host, // what the certificate must be for when the client sent no SNI
      servername: serverName ?? '',
      secureContext: trust.context(),
      // Never what NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
      ...(alpn && { ALPNProtocols: alpn }),
      ...(session && { session }),
    });
    stream.on('session', (fresh: Buffer) => sessions.set(key, fresh));
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        stream.destroy();
        below.tcp.destroy();
      };
      const timer = setTimeout(() => {
        reject(new ProxyError('timeout', target, null, `${target} did not finish its TLS handshake in time.`));
        giveUp();
      }, timeoutMs);
      const stopWatching = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      const onError = (error: Error) => reject(upstreamTlsError(error, target));
      const onClose = () => {
        stopWatching();
        reject(upstreamTlsError(null, target));
      };
      tameErrors(stream);
      stream.once('error', onError).once('close', onClose);
      stream.once('secureConnect', () => {
        stopWatching();
        stream.off('error', onError).off('close', onClose);
        resolve({ stream, tcp: below.tcp });
      });
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) giveUp();
    });
  };
}
