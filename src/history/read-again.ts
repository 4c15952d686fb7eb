import { headerOf } from '../base/headers.js';
import { exchangeEnd } from '../capture/index.js';
import type { StoredExchange } from '../store/index.js';
import { storedReply } from './message.js';

/**
 * The response of a stored exchange as capture would read it today: an older version may have understood less of its bytes. Facts
 * that only the connection showed are taken from what is stored.
 */
export function readAgain({ origin, kind, method, state, timestamps, response }: StoredExchange) {
  const { headers, body, status, reason, degraded } = response;
  const reply = storedReply(body.bytes, headers, body.redacted);
  const usage = reply.usage ?? response.usage;
  // A transcript shows no connection: the end of the exchange is the one that was read from it.
  if (origin === 'transcript') {
    const end = { state: state === 'open' ? ('interrupted' as const) : state, error: response.error };
    return { status, headers, body, ...end, message: reply.message, usage };
  }
  const end = exchangeEnd({
    transport: transportOf(state, timestamps.responseEnd !== null || degraded !== null),
    transportError: response.error,
    kind,
    method,
    status,
    reason,
    contentType: headerOf(headers, 'content-type'),
    message: reply.message,
    error: reply.error,
    isEmpty: body.bytes.length === 0,
    isReadable: !body.truncated && (reply.message !== null || degraded === null),
  });
  return { status, headers, body, ...end, message: reply.message, usage };
}

function transportOf(state: StoredExchange['state'], isWhole: boolean) {
  if (state === 'aborted' || state === 'interrupted') return state;
  return isWhole ? 'complete' : 'failed';
}
