import { isCredentialName } from './credential-names.js';

/** Schemes of RFC 9110 §11 and others in use: the word stays, what follows is the credential. */
const SCHEME = /^(bearer|basic|digest|token|negotiate|dpop|apikey|aws4-hmac-sha256)( +)(.+)$/is;

/** One header value without its credentials. `label`: what stands in for one. */
export function redactHeader(
  name: string,
  value: string,
  label: (value: string) => string,
  url: (url: string) => string,
  text: (text: string) => string,
): string {
  const plain = name.toLowerCase();
  if (plain === 'cookie') return value.replace(COOKIE_PAIR, (_, before, secret) => before + label(unquoted(secret)));
  if (plain === 'set-cookie') return value.replace(FIRST_PAIR, (_, before, secret) => before + label(unquoted(secret)));
  const scheme = SCHEME.exec(value);
  if (scheme) return `${scheme[1]}${scheme[2]}${label(scheme[3] ?? '')}`;
  if (isCredentialName(name)) return label(value);
  return /^https?:\/\//i.test(value) ? url(value) : text(value);
}

/** The credentials in a header line: what `redactHeader` replaces by name. */
export function credentialsIn(name: string, value: string): string[] {
  const plain = name.toLowerCase();
  if (plain === 'cookie') return [...value.matchAll(COOKIE_PAIR)].map((pair) => unquoted(pair[2] ?? ''));
  if (plain === 'set-cookie') return [unquoted(FIRST_PAIR.exec(value)?.[2] ?? '')];
  const scheme = SCHEME.exec(value);
  if (scheme) return [scheme[3] ?? ''];
  return isCredentialName(name) ? [value] : [];
}

/** `name=value` of RFC 6265 §4.2.1; a cookie without a name is all value. */
const COOKIE_PAIR = /([^;=]*=|(?:^|;) *(?=[^;=]+(?:;|$)))([^;]*)/g;
/** The same, in front of a Set-Cookie's attributes. */
const FIRST_PAIR = /^([^;=]*=|)([^;]*)/;

function unquoted(value: string): string {
  return value.trim().replace(/^"(.*)"$/, '$1');
}
