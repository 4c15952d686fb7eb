import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { compileIpRanges } from '../../base/ip-ranges.js';

/** Finds the address of the client of a request. */
export type AddressOf = (request: IncomingMessage) => string;

/** @param trusted addresses and networks of proxies whose X-Forwarded-For is believed */
export function clientAddress(trusted: readonly string[]): AddressOf {
  const isTrusted = compileIpRanges(trusted);
  return ({ socket, headers }) => {
    const peer = plainAddress(socket.remoteAddress ?? '');
    if (trusted.length === 0 || !isTrusted(peer)) return peer;
    // From the right: each proxy appends the address that it saw. Anything to the left of the first untrusted address may be forged.
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    let client = peer;
    for (const hop of hops.reverse()) {
      const address = plainAddress(hop.trim());
      if (isIP(address) === 0) break;
      client = address;
      if (!isTrusted(address)) break;
    }
    return client;
  };
}

/** An address without the IPv4 prefix that a socket for both families reports. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
