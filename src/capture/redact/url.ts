import { isCredentialName, isTokenField } from './credential-names.js';
import { isPathSecret } from './path-secrets.js';

const PAIR = /[?#&;]([^=&;#?]+)=/g;
const VALUE = /[^&;#]*/y;

/** Replaces userinfo, and credentials in path, queries (a value may be a URL) and fragment, of a URL or a request target. */
export function redactUrl(url: string, replace: (value: string) => string): string {
  const safe = redactPath(
    url.replace(
      /^((?:[a-z][a-z0-9+.-]*:)?\/\/)([^/?#]*)@/i,
      (_, before: string, user: string) => `${before}${replace(user)}@`,
    ),
    replace,
  );
  let redacted = '';
  let done = 0;
  PAIR.lastIndex = 0;
  for (let pair = PAIR.exec(safe); pair; pair = PAIR.exec(safe)) {
    const name = percentDecoded(pair[1] ?? '');
    if (!isCredentialName(name) && !isTokenField(name)) continue;
    VALUE.lastIndex = PAIR.lastIndex;
    const value = VALUE.exec(safe)?.[0] ?? '';
    if (value === '') continue;
    redacted += safe.slice(done, PAIR.lastIndex) + replace(percentDecoded(value));
    done = PAIR.lastIndex += value.length;
  }
  return redacted + safe.slice(done);
}

/** The password in a URL, which a server may repeat alone; empty without one. */
export function passwordIn(url: string): string {
  const [, password = ''] = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#:@]*:([^/?#]*)@/i.exec(url) ?? [];
  return percentDecoded(password.replaceAll('+', '%2B'));
}

function redactPath(url: string, replace: (value: string) => string): string {
  const [, origin = '', path = '', rest = ''] =
    /^((?:(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*)?)([^?#]*)(.*)$/is.exec(url) ?? [];
  let before = '';
  const segments = path.split('/').map((segment) => {
    const plain = percentDecoded(segment);
    const isSecret = isPathSecret(plain, before);
    before = plain;
    return isSecret ? replace(plain) : segment;
  });
  return origin + segments.join('/') + rest;
}

/** Percent-decoded; unchanged where it is malformed. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
