import { isCredentialName, isTokenField } from './credential-names.js';

const PAIR = /[?#&;]([^=&;#?]+)=/g;
const VALUE = /[^&;#]*/y;

/** A URL, or a request target, without userinfo and without credentials in queries (a value may be a URL) or fragment. */
export function redactUrl(url: string, replace: (value: string) => string): string {
  const safe = url.replace(
    /^((?:[a-z][a-z0-9+.-]*:)?\/\/)([^/?#]*)@/i,
    (_, before: string, user: string) => `${before}${replace(user)}@`,
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

/** Percent-decoded; as it is when it is not well-formed. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
