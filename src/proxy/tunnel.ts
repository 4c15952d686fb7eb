import { now } from './clock.js';
import { type ClientConnection, fail, observe, type ProxyContext } from './context.js';
import { dial } from './dial.js';
import { ProxyError } from './failures.js';
import { hostAndPort } from './host-rules.js';
import { intercept } from './intercept.js';
import { readOpening } from './opening.js';
import { ESTABLISHED } from './replies.js';
import { plainSide, type Side } from './side.js';
import { splice } from './splice.js';

/**
 * CONNECT: opens the way to the target first, so that the reply is the truth, then decides by what the client begins with.
 * @throws ProxyError when the target cannot be reached; nothing was answered then
 */
export async function tunnel(
  context: ProxyContext,
  connection: ClientConnection,
  host: string,
  port: number,
): Promise<void> {
  const client = plainSide(connection.socket);
  const upstream = await dial(context.route, host, port, connection.gone);
  client.stream.write(ESTABLISHED);
  const { leafFor, isIntercepted } = context;
  if (!leafFor || !isIntercepted(host, port)) return passBlindly(context, connection, upstream, host, port);

  const opening = await readOpening(client, upstream);
  if (opening === 'plain') {
    connection.handOver();
    return splice(client, upstream, observe(context, host, port, 'plain', null));
  }
  if (opening === 'unreadable') {
    const target = hostAndPort(host, port);
    const message = `A client that called ${target} began with a TLS hello that cannot be read; passed on unobserved.`;
    fail(context, new ProxyError('client_tls', target, null, message).failure);
    return passBlindly(context, connection, upstream, host, port);
  }
  // The certificate is for the name in the hello; one that we may not sign for is none of our business.
  if (opening.serverName !== null && !isIntercepted(opening.serverName, port)) {
    return passBlindly(context, connection, upstream, host, port);
  }
  return intercept(context, connection, upstream, {
    host,
    port,
    hello: opening,
    leaf: leafFor(opening.serverName ?? host),
  });
}

function passBlindly(
  context: ProxyContext,
  connection: ClientConnection,
  upstream: Side,
  host: string,
  port: number,
): void {
  context.onFact({ type: 'tunnelled', host, port, at: now() });
  connection.handOver();
  splice(plainSide(connection.socket), upstream, null);
}
