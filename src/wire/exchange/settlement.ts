import type { Closed } from '../tap.js';
import type { Settlement, WireExchange } from './wire-exchange.js';

export const COMPLETE: Settlement = { outcome: 'complete', error: null, degraded: null };

/** Nobody broke anything: it is the observer that could not follow. */
export function degradedBy(reason: string): Settlement {
  return { outcome: 'complete', error: null, degraded: reason };
}

/**
 * Why an exchange without a whole response is over, when the connection is. Whoever left first is the cause: the end of
 * the other side is then only the answer to it.
 */
export function brokenBy(closed: Closed, exchange: WireExchange): Settlement {
  const did = closed.how === 'reset' ? 'reset' : 'closed';
  const subject = { client: 'the client', upstream: 'upstream', proxy: 'claude-trace' }[closed.by];
  const it = closed.by === 'upstream' ? 'it answered' : 'the answer came';
  const error = `${subject} ${did} the connection ${stage(exchange, it)}${unusual(closed.code)}`;
  return { outcome: closed.by === 'upstream' ? 'failed' : 'aborted', error, degraded: null };
}

/** How far the exchange had come, in words: "in the middle of the request", "before it answered". */
export function stage(exchange: WireExchange, answer: string): string {
  if (exchange.answered) return 'in the middle of the response';
  return exchange.requestEnded ? `before ${answer}` : 'in the middle of the request';
}

/** ECONNRESET and EPIPE say no more than "reset" does. */
function unusual(code: string | null): string {
  return code === null || code === 'ECONNRESET' || code === 'EPIPE' ? '' : ` (${code})`;
}
