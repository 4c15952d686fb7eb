/**
 * Whether a request with a cookie comes from a page of the gateway itself. Browsers say so in `Origin` or `Sec-Fetch-Site`: without either
 * it may come from anywhere.
 */
export function isSameOrigin(headers: NodeJS.Dict<string[]>, publicUrl: string): boolean {
  const origins = headers.origin ?? [];
  if (origins.length > 0) return origins.length === 1 && origins[0] === new URL(publicUrl).origin;
  const sites = headers['sec-fetch-site'] ?? [];
  return sites.length === 1 && sites[0] === 'same-origin';
}
