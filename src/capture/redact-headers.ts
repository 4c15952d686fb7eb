import { isCredentialName } from './credential-names.js';

/** Schemes of RFC 9110 §11 and others in use: the word stays, what follows is the credential. */
const SCHEME = /^(bearer|basic|digest|token|negotiate|dpop|apikey|aws4-hmac-sha256)( +)(.+)$/is;

/** Their values are URLs, also relative ones. */
const URL_HEADERS: ReadonlySet<string> = new Set(['location', 'content-location', 'referer']);

/** One header value without its credentials. `label`: what stands in for one. */
export function redactHeader(
  name: string,
  value: string,
  label: (value: string) => string,
  url: (url: string) => string,
  text: (text: string) => string,
): string {
  const plain = name.toLowerCase();
  if (plain === 'cookie' || plain === 'set-cookie') return mapCookies(plain, value, label);
  const scheme = SCHEME.exec(value);
  if (scheme) return `${scheme[1]}${scheme[2]}${label(scheme[3] ?? '')}`;
  if (isCredentialName(name)) return label(value);
  // RFC 8288 §3: `<url>; rel=next, <url> …`
  if (plain === 'link') return text(value.replace(/<([^<>]*)>/g, (_, target: string) => `<${url(target)}>`));
  return URL_HEADERS.has(plain) || /^(?:https?:\/\/|[/?])/i.test(value) ? url(value) : text(value);
}

/** The credentials in a header line: what `redactHeader` replaces by name. */
export function credentialsIn(name: string, value: string): string[] {
  const plain = name.toLowerCase();
  if (plain === 'cookie' || plain === 'set-cookie') {
    const cookies: string[] = [];
    mapCookies(plain, value, (secret) => {
      cookies.push(secret);
      return secret;
    });
    return cookies;
  }
  const scheme = SCHEME.exec(value);
  if (scheme) return partsOf(scheme[3] ?? '');
  return isCredentialName(name) ? partsOf(value) : [];
}

/** Each `name=value` of a Cookie header, or what stands before the attributes of a Set-Cookie (RFC 6265 §4). */
function mapCookies(plainName: string, value: string, map: (secret: string) => string): string {
  const [first = '', ...others] = value.split(';');
  const cookies = plainName === 'set-cookie' ? [first] : [first, ...others];
  const mapped = cookies.map((cookie) => {
    const valueAt = cookie.indexOf('=') + 1;
    // A cookie without a name is all value.
    const [before, secret] =
      valueAt > 0 ? [cookie.slice(0, valueAt), cookie.slice(valueAt)] : [indentOf(cookie), cookie];
    return secret.trim() === '' ? cookie : before + map(unquoted(secret));
  });
  return [...mapped, ...(plainName === 'set-cookie' ? others : [])].join(';');
}

function indentOf(text: string): string {
  return text.slice(0, text.length - text.trimStart().length);
}

function unquoted(value: string): string {
  const trimmed = value.trim();
  return trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
}

/** The parts of a credential that may turn up alone: what follows the scheme, and behind Basic (RFC 7617) the password. */
function partsOf(credential: string): string[] {
  const last = credential.trim().split(/\s+/).at(-1) ?? '';
  const decoded = Buffer.from(last, 'base64').toString();
  const colon = decoded.indexOf(':');
  // Some leave the padding out.
  const isBasic = colon > 0 && Buffer.from(decoded).toString('base64').startsWith(last);
  const basic = isBasic ? [decoded, decoded.slice(colon + 1)] : [];
  return [...new Set([credential, last, ...basic])];
}
