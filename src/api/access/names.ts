import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Whether only programs of this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether a Host header names this server. A page that a rebound DNS name leads here sends that name; numbers cannot be
 * rebound, so a server that others may reach answers to all of them. Ports differ behind a tunnel of ssh.
 *
 * @param listening where the server was told to listen
 */
export function isOwnName(header: string | undefined, listening: string): boolean {
  const name = nameOf(header);
  if (name === null) return false;
  if (isLoopback(name)) return true;
  if (isLoopback(listening)) return false;
  return isIP(name) !== 0 || name === listening.toLowerCase() || name === hostname().toLowerCase();
}

/** Of a Host header: without port and brackets, in lower case. */
function nameOf(header: string | undefined): string | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (found?.[1] ?? found?.[2])?.toLowerCase() ?? null;
}

/**
 * Whether a page of another site asks: by its Origin, or where browsers send none (an image, a link) by Fetch Metadata.
 * https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
 */
export function isForeign(headers: {
  host: string | undefined;
  origin: string | undefined;
  site: string | undefined;
}): boolean {
  const { host, origin, site } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`) return true;
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
