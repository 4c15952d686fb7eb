import { isIP } from 'node:net';

export const EXPECTED_HOST =
  'expected an address or a host name, such as 127.0.0.1, :: or localhost, without https://, brackets, port and path';

/** Whether a server can be told to listen here, on a machine that has this address. */
export function isListenHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  // Digits and dots alone are an address that is wrong.
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/.test(host) && !/^[\d.]+$/.test(host);
}
