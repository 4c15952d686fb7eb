import type { Header } from '../../model/exchange.js';
import type { RequestHead, ResponseHead } from '../exchange/wire-exchange.js';

/** Why bytes are not valid HTTP. A result, not an exception, since hostile bytes are expected. */
export interface Unparsable {
  unparsable: string;
}

export function isUnparsable(value: object): value is Unparsable {
  return 'unparsable' in value;
}

/** @param lines of a head, decoded as latin1, without line ends and without the empty line */
export function parseRequestHead(lines: readonly string[]): RequestHead | Unparsable {
  const line = lines[0] ?? '';
  const methodEnd = line.indexOf(' ');
  const versionStart = line.lastIndexOf(' ');
  const version = /^HTTP\/(1\.[01])$/.exec(line.slice(versionStart + 1))?.[1];
  const method = line.slice(0, methodEnd);
  const target = line.slice(methodEnd, versionStart).trim();
  if (version === undefined || !TOKEN.test(method) || target === '') {
    return { unparsable: 'not an HTTP/1.x request line' };
  }
  const headers = parseHeaderLines(lines);
  return isUnparsable(headers) ? headers : { method, target, httpVersion: version, headers };
}

/** As `parseRequestHead`, for a response. A missing reason phrase is the empty string. */
export function parseResponseHead(lines: readonly string[]): ResponseHead | Unparsable {
  const match = /^HTTP\/(1\.[01]) +([1-9]\d\d)(?: (.*))?$/s.exec(lines[0] ?? '');
  const [, httpVersion, status, reason = ''] = match ?? [];
  if (httpVersion === undefined) return { unparsable: 'not an HTTP/1.x status line' };
  const headers = parseHeaderLines(lines);
  return isUnparsable(headers) ? headers : { status: Number(status), reason, httpVersion, headers };
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function parseHeaderLines(lines: readonly string[]): Header[] | Unparsable {
  const headers: Header[] = [];
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.startsWith(' ') || line.startsWith('\t')) {
      // obs-fold, RFC 9112 §5.2: a line that continues the one before.
      const folded = headers.pop();
      if (folded === undefined) return { unparsable: 'the first header line is a continuation' };
      headers.push([folded[0], trimSpace(`${folded[1]} ${trimSpace(line)}`)]);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) return { unparsable: 'a header line has no name' };
    headers.push([trimSpace(line.slice(0, colon)), trimSpace(line.slice(colon + 1))]);
  }
  return headers;
}

/** Removes HTTP's white space. `String.trim` would also remove latin1's no-break space, which is a byte of the value. */
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
