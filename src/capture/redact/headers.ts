import { credentialParts } from '../../base/credentials.js';

/** Schemes of RFC 9110 §11, and others in use. The word stays, and what follows is the credential. */
const SCHEME =
  /^(bearer|basic|digest|token|negotiate|dpop|apikey|oauth|hawk|ntlm|sharedaccesssignature|aws4-hmac-sha256)( +)(.+)$/is;

/** Headers whose values are URLs, also relative ones. */
const URL_HEADERS: ReadonlySet<string> = new Set(['location', 'content-location', 'referer']);

interface HeaderRedaction {
  /** Whether the whole value is a credential, by the name. */
  isCredential(name: string): boolean;
  /** In place of a credential. */
  label(value: string): string;
  /** A URL without its credentials. */
  url(url: string): string;
  /** A text without known credentials. */
  text(text: string): string;
}

/** A header value without its credentials. */
export function redactHeader(name: string, value: string, { isCredential, label, url, text }: HeaderRedaction): string {
  const plain = name.toLowerCase();
  // A secret may also be where a name is due.
  if (plain === 'cookie' || plain === 'set-cookie') return text(mapCookies(plain, value, label));
  if (plain === 'sec-websocket-protocol') return text(mapProtocols(value, label));
  const scheme = SCHEME.exec(value);
  if (scheme) return `${scheme[1]}${scheme[2]}${label(scheme[3] ?? '')}`;
  if (isCredential(name)) return label(value);
  // RFC 8288 §3: `<url>; rel=next, <url> …`
  if (plain === 'link') return text(value.replace(/<([^<>]*)>/g, (_, target: string) => `<${url(target)}>`));
  return URL_HEADERS.has(plain) || /^(?:https?:\/\/|[/?])/i.test(value) ? url(value) : text(value);
}

/** The credentials in a header line, which `redactHeader` replaces by the name. */
export function credentialsIn(name: string, value: string, isCredential: (name: string) => boolean): string[] {
  const plain = name.toLowerCase();
  const found: string[] = [];
  const collect = (secret: string): string => {
    found.push(secret);
    return secret;
  };
  if (plain === 'cookie' || plain === 'set-cookie') mapCookies(plain, value, collect);
  if (plain === 'sec-websocket-protocol') mapProtocols(value, collect);
  if (found.length > 0) return found;
  const scheme = SCHEME.exec(value);
  if (scheme) return credentialParts(scheme[3] ?? '');
  return isCredential(name) ? credentialParts(value) : [];
}

/** Maps the value of each `name=value` in a Cookie header, or of that before the attributes in a Set-Cookie (RFC 6265 §4). */
function mapCookies(plainName: string, value: string, map: (secret: string) => string): string {
  const [first = '', ...others] = value.split(';');
  const cookies = plainName === 'set-cookie' ? [first] : [first, ...others];
  const mapped = cookies.map((cookie) => {
    const valueAt = cookie.indexOf('=') + 1;
    // A cookie without a name is only a value.
    const [before, secret] =
      valueAt > 0 ? [cookie.slice(0, valueAt), cookie.slice(valueAt)] : [indentOf(cookie), cookie];
    return secret.trim() === '' ? cookie : before + map(unquoted(secret));
  });
  return [...mapped, ...(plainName === 'set-cookie' ? others : [])].join(';');
}

/** Nearly all registered subprotocols are shorter (the IANA registry of WebSocket subprotocol names). */
const MAX_PROTOCOL_LENGTH = 20;
const MAX_PREFIX_LENGTH = 64;
const ANNOUNCES_TOKEN = /^(?:.*[-._])?(?:bearer|token|auth|authorization|api-?key|access-?token|jwt|password|secret)$/i;

/**
 * Browsers cannot set headers of a WebSocket, so tokens are sent as subprotocols: alone (`realtime, <token>`), after one that
 * announces them (`bearer, <token>`), or with a prefix (`openai-insecure-api-key.<token>`).
 */
function mapProtocols(value: string, map: (secret: string) => string): string {
  let isAnnounced = false;
  const protocols = value.split(',').map((item) => {
    const protocol = item.trim();
    const isSecret = isAnnounced ? protocol.length > 1 : protocol.length > MAX_PROTOCOL_LENGTH;
    isAnnounced = ANNOUNCES_TOKEN.test(protocol.slice(-MAX_PREFIX_LENGTH));
    if (!isSecret || isAnnounced) return item;
    const [, start = ''] = /^([\w-]*\.)./.exec(protocol.slice(0, MAX_PREFIX_LENGTH)) ?? [];
    const prefix = /bearer|token|auth|key/i.test(start) ? start : '';
    return indentOf(item) + prefix + map(protocol.slice(prefix.length));
  });
  return protocols.join(',');
}

function indentOf(text: string): string {
  return text.slice(0, text.length - text.trimStart().length);
}

function unquoted(value: string): string {
  const trimmed = value.trim();
  return trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
}
