import Queue from 'yocto-queue';
import { asBuffer } from '../../base/as-buffer.js';
import { OpenExchanges } from '../exchange/open-exchanges.js';
import type { ObserverLimits, WireExchange } from '../exchange/wire-exchange.js';
import type { ObservedConnection, Observer } from '../observer.js';
import type { EmitHttpEvent } from '../wire-event.js';
import { requestFraming, responseFraming } from './framing.js';
import { isUnparsable, parseRequestHead, parseResponseHead } from './head.js';
import { type Http1Handler, Http1Reader } from './reader.js';

/**
 * Follows the requests and responses of an HTTP/1.x connection: a response belongs to the oldest request without one (RFC 9112
 * §9.3). After 101, or CONNECT and 2xx, the connection is no longer HTTP and goes on unobserved. Unparsable bytes settle the
 * exchanges that depend on them as degraded, and the rest of the connection is ignored.
 */
export function observeHttp1(connection: ObservedConnection, emit: EmitHttpEvent, limits: ObserverLimits): Observer {
  const exchanges = new OpenExchanges(connection, emit, limits);
  /** Exchanges whose response has not ended, oldest first. */
  const unanswered = new Queue<WireExchange>();
  let sending: WireExchange | null = null;
  let responseStartedAt = 0;

  const unparsable = (reason: string, at: number): void => {
    requests.stop();
    responses.stop();
    exchanges.abandon(reason, at);
  };

  const onRequest: Http1Handler = {
    start(offset, at) {
      sending = exchanges.begin(offset, at);
      unanswered.enqueue(sending);
    },
    head(lines) {
      const head = parseRequestHead(lines);
      if (isUnparsable(head)) return head;
      sending?.requestHead(head);
      return requestFraming(head.headers);
    },
    body(bytes, at) {
      sending?.requestBody(bytes, at);
    },
    end(_offset, at) {
      if (sending) exchanges.requestEnded(sending, at);
      sending = null;
    },
    unparsable: (reason, at) => unparsable(`request: ${reason}`, at),
  };

  const onResponse: Http1Handler = {
    start(_offset, at) {
      responseStartedAt = at;
    },
    head(lines) {
      const exchange = unanswered.peek();
      if (!exchange || exchange.method === null) return { unparsable: 'it came before a request' };
      const head = parseResponseHead(lines);
      if (isUnparsable(head)) return head;
      const framing = responseFraming(head, exchange.method);
      if (!isUnparsable(framing) && framing.type === 'interim') return framing;
      exchange.responseHead(head, responseStartedAt);
      if (!isUnparsable(framing) && framing.type === 'switched') requests.stop();
      return framing;
    },
    body(bytes, at) {
      unanswered.peek()?.responseBody(bytes, at);
    },
    end(offset, at) {
      const exchange = unanswered.dequeue();
      if (exchange) exchanges.responseEnded(exchange, offset, at);
    },
    unparsable: (reason, at) => unparsable(`response: ${reason}`, at),
  };

  const requests = new Http1Reader(onRequest, limits.headBytes);
  const responses = new Http1Reader(onResponse, limits.headBytes);

  return {
    clientBytes(chunk, at) {
      if (requests.stopped) exchanges.unfollowed(requests.total, at);
      requests.push(asBuffer(chunk), at);
    },
    upstreamBytes: (chunk, at) => responses.push(asBuffer(chunk), at),
    forwarded: (total, at) => exchanges.forwarded(total, at),
    delivered: (total, at) => exchanges.delivered(total, at),
    clientEnded: () => exchanges.clientEnded(),
    upstreamEnded(at) {
      responses.finish(at);
      exchanges.upstreamEnded(at);
    },
    closed(closed, at) {
      // The proxy may report the end of upstream only here.
      if (closed.by === 'upstream' && closed.how === 'fin') responses.finish(at);
      exchanges.closed(closed, at);
    },
  };
}
