import { isCredentialName, isTokenField } from './credential-names.js';

/** A URL, or a request target, without userinfo and without credentials in its query or fragment. */
export function redactUrl(url: string, replace: (value: string) => string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i, (_, scheme: string, user: string) => `${scheme}${replace(user)}@`)
    .replace(/([?#&;])([^=&;#?]+)=([^&;#]*)/g, (pair: string, before: string, name: string, value: string) => {
      const plain = decoded(name);
      if (value === '' || !(isCredentialName(plain) || isTokenField(plain))) return pair;
      return `${before}${name}=${replace(decoded(value))}`;
    });
}

/** Percent-decoded; as it is when it is not well-formed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
