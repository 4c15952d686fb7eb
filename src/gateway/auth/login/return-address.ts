/**
 * The address to which a browser is sent after a login.
 *
 * @param path a path of the gateway's own origin
 * @returns the whole address, since a path such as `//example.com` would name another host; null for any other origin
 */
export function returnAddress(path: string, publicUrl: string): string | null {
  if (!path.startsWith('/') || /[\p{Cc}\\]/u.test(path) || !URL.canParse(path, publicUrl)) return null;
  const { origin, href, username } = new URL(path, publicUrl);
  return origin === new URL(publicUrl).origin && username === '' ? href : null;
}
