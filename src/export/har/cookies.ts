import { headersOf } from '../../base/headers.js';
import type { HeaderList } from '../../model/exchange.js';

/** http://www.softwareishard.com/blog/har-12-spec/#cookies */
export interface HarCookie {
  name: string;
  value: string;
  path?: string;
  domain?: string;
  expires?: string;
  httpOnly?: boolean;
  secure?: boolean;
}

/** `Cookie: a=1; b=2`, RFC 6265 §4.2. The stored values are keyed hashes. */
export function sentCookies(headers: HeaderList): HarCookie[] {
  return headersOf(headers, 'cookie').flatMap((value) => value.split(';').map(nameAndValue));
}

/** `Set-Cookie: a=1; Path=/; HttpOnly`, a header line each, RFC 6265 §4.1. */
export function setCookies(headers: HeaderList): HarCookie[] {
  return headersOf(headers, 'set-cookie').map((line) => {
    const [first = '', ...attributes] = line.split(';');
    const cookie: HarCookie = nameAndValue(first);
    for (const attribute of attributes) {
      const { name, value } = nameAndValue(attribute);
      const key = name.toLowerCase();
      if (key === 'path') cookie.path = value;
      if (key === 'domain') cookie.domain = value;
      if (key === 'httponly') cookie.httpOnly = true;
      if (key === 'secure') cookie.secure = true;
      if (key === 'expires') Object.assign(cookie, expiry(value));
    }
    return cookie;
  });
}

/** HAR wants ISO 8601; an invalid date is left out. */
function expiry(value: string): { expires?: string } {
  const at = Date.parse(value);
  return Number.isNaN(at) ? {} : { expires: new Date(at).toISOString() };
}

function nameAndValue(pair: string): { name: string; value: string } {
  const equals = pair.indexOf('=');
  return equals < 0
    ? { name: pair.trim(), value: '' }
    : { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() };
}
