import { now } from '../base/clock.js';
import { basicAuthorization } from './client/credentials.js';
import { type ForwardHead, rewriteHead } from './client/proxy-request.js';
import { closingAnswer } from './closing-answer.js';
import { type ClientConnection, observe, type ProxyContext } from './context.js';
import { hostAndPort } from './host-rules.js';
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
  const upstream = proxy
    ? await dialProxy(route, proxy, hostAndPort(host, port), connection.gone)
    : await dialDirect(route, host, port, connection.gone);
  const credentials = proxy?.credentials;
  const nextHop = proxy && {
    proxyAuthorization: credentials ? basicAuthorization(credentials) : null,
    lines: markFor(proxy, route.isReading),
  };
  // Back into the stream, so that the pipe and its observer see the request as upstream gets it.
  connection.socket.unshift(rewriteHead(head, nextHop));

  const intercepted = context.isIntercepted(host, port);
  if (!intercepted) context.onFact({ type: 'tunnelled', host, port, at: now() });
  const observer = intercepted ? observe(context, host, port, 'absolute-form', null) : null;
  connection.handOver();
  splice(plainEnd(connection.socket), upstream, observer, closingAnswer());
}
