import { request } from 'node:http';
import { Agent } from 'node:https';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { basicAuthorization } from '../../base/credentials.js';

/** Opens a TLS connection to a host through an HTTP proxy. The proxy's URL may have credentials. */
async function openTunnel(proxy: URL, host: string, ca?: string): Promise<TLSSocket> {
  const { username, password } = proxy;
  const credentials = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  const socket = await new Promise<Socket>((resolve, reject) => {
    const connecting = request({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: `${host}:443`,
      headers: {
        host: `${host}:443`,
        ...(username === '' ? {} : { 'proxy-authorization': basicAuthorization(credentials) }),
      },
    });
    connecting.once('error', reject);
    connecting.once('connect', (response, tunnel) => {
      if (response.statusCode === 200) resolve(tunnel);
      else reject(new Error(`The proxy answered ${response.statusCode} to CONNECT ${host}:443.`));
    });
    connecting.end();
  });
  return connect({ socket, servername: host, ALPNProtocols: ['http/1.1'], ...(ca === undefined ? {} : { ca }) });
}

/**
 * An agent that opens one connection to `host` through the proxy and keeps it for all requests.
 * @param ca PEM of the authority to trust; default: those that the process trusts
 * @throws Error when the proxy refuses the CONNECT.
 */
export async function tunnelAgent(proxy: URL, host: string, ca?: string): Promise<Agent> {
  const socket = await openTunnel(proxy, host, ca);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return Object.assign(agent, { createConnection: () => socket });
}
