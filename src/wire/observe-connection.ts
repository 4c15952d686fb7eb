import type { ObserverLimits } from './exchange/wire-exchange.js';
import { observeHttp1 } from './http1/observer.js';
import { observeHttp2, PREFACE } from './http2/observer.js';
import type { ObservedConnection, Observer } from './observer.js';
import type { EmitHttpEvent } from './wire-event.js';

export const DEFAULT_LIMITS: ObserverLimits = { bodyBytes: 64 * 1024 * 1024, headBytes: 256 * 1024 };

/**
 * Reads HTTP from the chunks of one connection, and emits what it saw. It runs on the proxy's thread: it is synchronous, copies
 * no body bytes (body events share the observer's chunks: copy them before the call returns), and treats unparsable bytes as data,
 * so it has no reason to throw.
 *
 * HTTP/2 where ALPN chose it, or where the client opens with HTTP/2's preface; HTTP/1.x everywhere else.
 */
export function observe(
  connection: ObservedConnection,
  emit: EmitHttpEvent,
  limits: ObserverLimits = DEFAULT_LIMITS,
): Observer {
  if (connection.alpn === 'h2') return observeHttp2(connection, emit, limits);
  if (connection.alpn === 'http/1.1') return observeHttp1(connection, emit, limits);
  return observeByPreface(connection, emit, limits);
}

/** An HTTP/2 server may send a few bytes first; one that sends more before the client does is not an HTTP server. */
const MAX_HELD = 64 * 1024;

/** Without ALPN the client's first bytes decide. Calls before that are kept, and then replayed. */
function observeByPreface(connection: ObservedConnection, emit: EmitHttpEvent, limits: ObserverLimits): Observer {
  const held: ((observer: Observer) => void)[] = [];
  let chosen: Observer | null = null;
  let seen = Buffer.alloc(0);
  let upstreamHeld = 0;

  const choose = (make: typeof observeHttp1): void => {
    chosen = make(connection, emit, limits);
    for (const call of held.splice(0)) call(chosen);
  };
  const pass = (call: (observer: Observer) => void): void => {
    if (chosen) call(chosen);
    else held.push(call);
  };

  return {
    clientBytes(chunk, at) {
      pass((observer) => observer.clientBytes(chunk, at));
      if (chosen) return;
      seen = Buffer.concat([seen, chunk.subarray(0, PREFACE.length)]);
      const compared = Math.min(seen.length, PREFACE.length);
      if (!seen.subarray(0, compared).equals(PREFACE.subarray(0, compared))) choose(observeHttp1);
      else if (compared === PREFACE.length) choose(observeHttp2);
    },
    upstreamBytes(chunk, at) {
      pass((observer) => observer.upstreamBytes(chunk, at));
      upstreamHeld += chunk.length;
      if (!chosen && upstreamHeld > MAX_HELD) choose(observeHttp1);
    },
    forwarded: (total, at) => pass((observer) => observer.forwarded(total, at)),
    delivered: (total, at) => pass((observer) => observer.delivered(total, at)),
    clientEnded: (at) => pass((observer) => observer.clientEnded(at)),
    upstreamEnded: (at) => pass((observer) => observer.upstreamEnded(at)),
    closed(closed, at) {
      pass((observer) => observer.closed(closed, at));
      if (!chosen) choose(observeHttp1);
    },
  };
}
