import { BlockList, isIP } from 'node:net';

/**
 * Makes a test for addresses in these ranges. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is the same address.
 *
 * @example compileIpRanges(['10.0.0.0/8', '::1'])('10.1.2.3')
 * @param ranges addresses, and networks in CIDR form
 * @throws Error for anything else
 */
export function compileIpRanges(ranges: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [, ip = '', bits] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(range) ?? [];
    const family = familyOf(ip);
    if (family === null || Number(bits ?? 0) > (family === 'ipv4' ? 32 : 128)) {
      throw new Error('expected an IP address, or a network such as 10.0.0.0/8');
    }
    if (bits === undefined) list.addAddress(ip, family);
    else list.addSubnet(ip, Number(bits), family);
  }
  return (ip) => {
    const family = familyOf(ip);
    return family !== null && list.check(ip, family);
  };
}

function familyOf(ip: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(ip);
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6';
}
