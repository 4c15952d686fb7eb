import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Env } from '../../base/env.js';
import { dial, type Route } from './dial.js';
import { systemCertificates } from './system-certificates.js';
import { createTrust, isWidened } from './trust.js';
import { upstreamProxiesFromEnv } from './upstream-proxy.js';
import { createUpstreamTls } from './upstream-tls.js';

/**
 * Opens a TLS connection to a server for our own requests: through the company proxy that the environment names, verified with
 * Node's roots, those of NODE_EXTRA_CA_CERTS and the system's. Aborting the signal destroys the connection, open or not.
 */
export type ConnectServer = (host: string, port: number, signal: AbortSignal) => Promise<TLSSocket>;

const TIMEOUT_MS = 15_000;

/** @throws UnusableUpstreamProxyError */
export function createConnectServer(env: Env): ConnectServer {
  const trust = createTrust([], () => {}, systemCertificates);
  const route: Route = {
    proxies: upstreamProxiesFromEnv(env),
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    trust,
    timeoutMs: TIMEOUT_MS,
    ownPort: () => 0,
    // If we run under another claude-trace, it must not record our requests.
    isReading: true,
    onSocket: () => {},
  };
  const openTls = createUpstreamTls(trust, TIMEOUT_MS);

  async function connect(host: string, port: number, signal: AbortSignal): Promise<TLSSocket> {
    const tried = trust.context();
    const below = await dial(route, host, port, signal);
    try {
      const hello = { serverName: isIP(host) ? null : host, alpn: null, ciphers: '' };
      return (await openTls(below, host, port, hello, signal)).stream;
    } catch (error) {
      below.tcp.destroy();
      if (signal.aborted || !isWidened(trust, tried, error)) throw error;
      return connect(host, port, signal);
    }
  }
  return connect;
}
