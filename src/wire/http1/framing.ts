import type { HeaderList } from '../../model/exchange.js';
import type { ResponseHead } from '../exchange/wire-exchange.js';
import type { Unparsable } from './head.js';

/**
 * What follows a head. sized: that many bytes (0: no body); until_close: all bytes up to the end of the connection;
 * interim: another response to the same request (after 1xx); switched: no more HTTP.
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
  const framing = declaredFraming(headers) ?? NO_BODY;
  // Only a response can end with the connection.
  return 'type' in framing && framing.type === 'until_close' ? { unparsable: 'the body has no end' } : framing;
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

/**
 * RFC 9112 §6.3: Transfer-Encoding overrides Content-Length. Codings before `chunked` are undone with the content codings,
 * see `encodingsOf`.
 */
function declaredFraming(headers: HeaderList): Framing | Unparsable | null {
  const codings = listOf(headers, 'transfer-encoding');
  if (codings.length > 0) {
    const isChunked = codings.map((coding) => coding.toLowerCase() === 'chunked');
    const first = isChunked.indexOf(true);
    if (first === -1) return { type: 'until_close' };
    // Node, which Claude Code runs on, reads a repeated `chunked` as one.
    return isChunked.includes(false, first)
      ? { unparsable: 'another transfer coding after chunked' }
      : { type: 'chunked' };
  }
  const lengths = new Set(listOf(headers, 'content-length'));
  if (lengths.size > 1) return { unparsable: 'conflicting Content-Length values' };
  const [length] = lengths;
  if (length === undefined) return null;
  if (!/^0*\d{1,15}$/.test(length)) return { unparsable: 'Content-Length is not a number' };
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
