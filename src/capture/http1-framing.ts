import type { HeaderList } from '../model/exchange.js';
import type { Unparsable } from './http1-head.js';
import type { ResponseHead } from './wire-exchange.js';

/**
 * What follows a head. sized: that many bytes (0 for no body); chunked; until_close: all up to the end of the
 * connection; interim: the head of another response to the same request (1xx); switched: no HTTP any more.
 */
export type Framing =
  | { type: 'sized'; length: number }
  | { type: 'chunked' }
  | { type: 'until_close' }
  | { type: 'interim' }
  | { type: 'switched' };

const NO_BODY: Framing = { type: 'sized', length: 0 };

/** RFC 9112 §6.3, for requests: without a declared length there is no body. */
export function requestFraming(headers: HeaderList): Framing | Unparsable {
  return declaredFraming(headers) ?? NO_BODY;
}

/** RFC 9112 §6.3, for the response to a request with this method. */
export function responseFraming(head: ResponseHead, method: string): Framing | Unparsable {
  const { status, headers } = head;
  if (status === 101) return { type: 'switched' };
  if (status < 200) return { type: 'interim' };
  if (method === 'CONNECT' && status < 300) return { type: 'switched' };
  if (method === 'HEAD' || status === 204 || status === 304) return NO_BODY;
  return declaredFraming(headers) ?? { type: 'until_close' };
}

function declaredFraming(headers: HeaderList): Framing | Unparsable | null {
  const codings = listOf(headers, 'transfer-encoding');
  const lengths = new Set(listOf(headers, 'content-length'));
  if (codings.length > 0) {
    // Both at once is how requests are smuggled: which one the two ends went by cannot be known.
    if (lengths.size > 0) return { unparsable: 'both Content-Length and Transfer-Encoding' };
    if (codings.length === 1 && codings[0]?.toLowerCase() === 'chunked') return { type: 'chunked' };
    return { unparsable: `transfer coding "${codings.join(', ')}" is not known` };
  }
  if (lengths.size > 1) return { unparsable: 'conflicting Content-Length values' };
  const [length] = lengths;
  if (length === undefined) return null;
  if (!/^\d{1,15}$/.test(length)) return { unparsable: 'Content-Length is not a number' };
  return { type: 'sized', length: Number(length) };
}

/** The comma-separated elements of all header lines of that lower-case name. */
function listOf(headers: HeaderList, wanted: string): string[] {
  const elements: string[] = [];
  for (const [name, value] of headers) {
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue;
    for (const element of value.split(',')) elements.push(element.trim());
  }
  return elements;
}
