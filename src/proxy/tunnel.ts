import { hostAndPort } from '../base/host-and-port.js';
import { readOpening } from './client/opening.js';
import { ESTABLISHED } from './client/replies.js';
import { type ClientConnection, carry, fail, type ProxyContext, passUnread } from './context.js';
import { ProxyError } from './failures.js';
import { normalHost } from './host-rules.js';
import { intercept } from './intercept.js';
import { plainEnd } from './pipe-end.js';
import { dial } from './upstream/dial.js';

/**
 * CONNECT: connects to the target first, so that the reply is true, then decides by the client's first bytes.
 * @throws ProxyError where the target cannot be reached; the client has no answer then
 */
export async function tunnel(
  context: ProxyContext,
  connection: ClientConnection,
  host: string,
  port: number,
): Promise<void> {
  const client = plainEnd(connection.socket);
  const upstream = await dial(context.route, host, port, connection.gone);
  client.stream.write(ESTABLISHED);
  const { leafFor, isIntercepted, isShared, refusals } = context;
  const target = { host, port };
  if (!leafFor || !isIntercepted(host, port)) return passUnread(context, connection, upstream, target);

  const opening = await readOpening(client, upstream);
  if (opening === 'plain') {
    connection.handOver();
    const redial = (signal: AbortSignal) => dial(context.route, host, port, signal);
    const plain = { host, port, carriage: 'plain', alpn: null, client, upstream, redial } as const;
    return carry(context, context.relayFor(host, port), plain);
  }
  if (opening === 'unreadable') {
    const called = hostAndPort(host, port);
    const message = `A client that called ${called} began with a TLS hello that cannot be read; its connection is forwarded as it is.`;
    fail(context, new ProxyError('client_tls', called, null, message).failure);
    return passUnread(context, connection, upstream, target);
  }
  // The certificate is for the name in the hello, and we sign only for intercepted hosts.
  if (opening.serverName !== null && !isIntercepted(opening.serverName, port)) {
    return passUnread(context, connection, upstream, target);
  }
  const caller = {
    target: hostAndPort(normalHost(host), port),
    serverName: opening.serverName,
    ciphers: opening.ciphers,
  };
  const isForeign = isShared(host, port) && refusals.isStranger(caller);
  if (isForeign || refusals.hasGivenUp(caller)) return passUnread(context, connection, upstream, target);
  return intercept(context, connection, upstream, {
    host,
    port,
    hello: opening,
    caller,
    leaf: leafFor(opening.serverName ?? host),
  });
}
