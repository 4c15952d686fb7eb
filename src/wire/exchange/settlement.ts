import type { Closed } from '../observer.js';
import type { Settlement, WireExchange } from './wire-exchange.js';

export const COMPLETE: Settlement = { outcome: 'complete', error: null, degraded: null };

/** The traffic was fine, but the observer could not follow it. */
export function degradedBy(reason: string): Settlement {
  return { outcome: 'complete', error: null, degraded: reason };
}

/**
 * The end of an exchange without a whole response, when its connection ends. The side that left first is the cause: the end of
 * the other side only follows from it.
 */
export function brokenBy(closed: Closed, exchange: WireExchange): Settlement {
  const did = closed.how === 'reset' ? 'reset' : 'closed';
  const subject = { client: 'the client', upstream: 'upstream', proxy: 'claude-trace' }[closed.by];
  const it = closed.by === 'upstream' ? 'it answered' : 'the answer came';
  const error = `${subject} ${did} the connection ${stage(exchange, it)}${unusual(closed.code)}`;
  return { outcome: closed.by === 'upstream' ? 'failed' : 'aborted', error, degraded: null };
}

/** How far the exchange got, as part of a sentence: "in the middle of the request", "before it answered". */
export function stage(exchange: WireExchange, answer: string): string {
  if (exchange.answered) return 'in the middle of the response';
  return exchange.requestEnded ? `before ${answer}` : 'in the middle of the request';
}

/** ECONNRESET and EPIPE add nothing to "reset". */
function unusual(code: string | null): string {
  return code === null || code === 'ECONNRESET' || code === 'EPIPE' ? '' : ` (${code})`;
}
