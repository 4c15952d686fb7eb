import { HTTPParser, methods } from 'node:_http_common';

/** A message as Node's own parser understood it. */
export interface ParsedMessage {
  /** Method and target, or the status. */
  line: string;
  headers: string[][];
  /** As latin1 text. */
  body: string;
}

/** Node 20 takes it for the end of a status line. RFC 9112 §2.2: invalid, or to be replaced with a space. */
const BARE_CR = /\r(?!\n)/;

/** Returned by the callback: no body follows, whatever the headers declare. */
const SKIP_BODY = 1;

/**
 * The messages of one direction, without interim ones; null if Node refuses any of it, takes it for HTTP/0.9 or is lax, if the last
 * message is not whole, or if the connection becomes another protocol.
 * @param requestMethods for responses: the methods of their requests
 */
export function parsedByNode(
  type: 'request' | 'response',
  bytes: Buffer,
  requestMethods: readonly string[],
): ParsedMessage[] | null {
  if (BARE_CR.test(bytes.toString('latin1'))) return null;
  const messages: ParsedMessage[] = [];
  let flat: string[] = [];
  let url = '';
  let current: ParsedMessage | null = null;
  let isInterim = false;
  let isHttp1 = true;
  const parser = new HTTPParser();
  parser.initialize(type === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {});
  // Called if there are many headers, and after the head with trailers.
  parser[HTTPParser.kOnHeaders] = (more: string[], moreUrl: string) => {
    if (current !== null) return undefined;
    flat.push(...more);
    url += moreUrl;
    return undefined;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    major: number,
    _minor: number,
    headers: string[] | undefined,
    method: number,
    target: string | undefined,
    status: number,
  ) => {
    isHttp1 &&= major === 1;
    flat.push(...(headers ?? []));
    const pairs = flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : []));
    const line = type === 'request' ? `${methods[method]} ${url + (target ?? '')}` : String(status);
    current = { line, headers: pairs, body: '' };
    isInterim = type === 'response' && status < 200;
    flat = [];
    url = '';
    return type === 'response' && requestMethods[messages.length] === 'HEAD' ? SKIP_BODY : 0;
  };
  parser[HTTPParser.kOnBody] = (part: Buffer) => {
    if (current !== null) current.body += part.toString('latin1');
    return undefined;
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (current !== null && !isInterim) messages.push(current);
    current = null;
    return undefined;
  };
  const isRead = parser.execute(bytes) === bytes.length && parser.finish() === undefined && current === null;
  return isRead && isHttp1 ? messages : null;
}
