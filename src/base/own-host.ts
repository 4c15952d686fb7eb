import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Whether only programs of this machine can reach a server that listens at this host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether a Host header names this server. A page behind a rebound DNS name sends that name. Numeric addresses cannot be
 * rebound, so a server that others may reach accepts all of them. Ports are ignored: they differ behind an ssh tunnel.
 *
 * @param listening the host where the server listens
 */
export function isOwnName(header: string | undefined, listening: string): boolean {
  const name = nameOf(header);
  if (name === null) return false;
  if (isLoopback(name)) return true;
  if (isLoopback(listening)) return false;
  return isIP(name) !== 0 || name === listening.toLowerCase() || name === hostname().toLowerCase();
}

/** The name in a Host header, without port and brackets, in lower case. */
function nameOf(header: string | undefined): string | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (found?.[1] ?? found?.[2])?.toLowerCase() ?? null;
}

/** Whether a page of another site sent a request: by its Origin, or by Fetch Metadata. */
export function isForeign(headers: {
  host: string | undefined;
  origin: string | undefined;
  site: string | undefined;
}): boolean {
  const { host, origin, site } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`) return true;
  return isCrossSite(site);
}

/**
 * Whether a page of another site sent a request, by Fetch Metadata: browsers send it even where they send no Origin (images, links).
 * https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
 */
export function isCrossSite(site: string | string[] | undefined): boolean {
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
