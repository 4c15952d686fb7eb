interface UserAndPassword {
  username: string;
  password: string;
}

/** Shorter credentials are not replaced where they are repeated: they would be found by chance. */
export const MIN_SECRET_LENGTH = 12;

/** The value of an Authorization or Proxy-Authorization header (RFC 7617). */
export function basicAuthorization({ username, password }: UserAndPassword): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The parts of a credential that may occur alone: what follows the scheme and, for Basic (RFC 7617), the password. */
export function credentialParts(credential: string): string[] {
  const last = credential.trim().split(/\s+/).at(-1) ?? '';
  const decoded = Buffer.from(last, 'base64').toString();
  const colon = decoded.indexOf(':');
  // Some leave out the padding.
  const isBasic = colon > 0 && Buffer.from(decoded).toString('base64').startsWith(last);
  const basic = isBasic ? [decoded, decoded.slice(colon + 1)] : [];
  return [...new Set([credential, last, ...basic])];
}
