import { now } from '../base/clock.js';
import { basicAuthorization } from '../base/credentials.js';
import { hostAndPort } from '../base/host-and-port.js';
import { type ForwardHead, rewriteHead } from './client/proxy-request.js';
import { closingAnswer } from './closing-answer.js';
import { type ClientConnection, carry, type ProxyContext } from './context.js';
import { plainEnd } from './pipe-end.js';
import { splice } from './splice.js';
import { dialDirect, dialProxy, proxyFor } from './upstream/dial.js';
import { markFor } from './upstream/nested.js';

/**
 * A plain http:// request in absolute form: its head is rewritten for the next hop, and the answer's for the client: one connection
 * serves one request. All else passes untouched.
 * @throws ProxyError where the next hop cannot be reached; the client has no answer then
 */
export async function forward(
  context: ProxyContext,
  connection: ClientConnection,
  { host, port, head }: { host: string; port: number; head: ForwardHead },
): Promise<void> {
  const { route } = context;
  const proxy = proxyFor(route, 'http', host, port);
  const open = (signal: AbortSignal) =>
    proxy ? dialProxy(route, proxy, hostAndPort(host, port), signal) : dialDirect(route, host, port, signal);
  const upstream = await open(connection.gone);
  const credentials = proxy?.credentials;
  const nextHop = proxy && {
    proxyAuthorization: credentials ? basicAuthorization(credentials) : null,
    lines: markFor(proxy, route.isReading),
  };
  // Back into the stream, so that the pipe and its observer see the request as upstream gets it.
  connection.socket.unshift(rewriteHead(head, nextHop));

  const client = plainEnd(connection.socket);
  connection.handOver();
  if (!context.isIntercepted(host, port)) {
    context.onFact({ type: 'tunnelled', host, port, at: now() });
    return splice(client, upstream, null, closingAnswer());
  }
  const opened = { client, upstream, redial: open, rewriting: closingAnswer };
  carry(context, context.relayFor(host, port), { host, port, carriage: 'absolute-form', alpn: null, ...opened });
}
