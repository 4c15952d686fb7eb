import { isIPv4, isIPv6 } from 'node:net';

/**
 * The 4 or 16 bytes of an IP address in text form (RFC 4291 2.2 for IPv6, without zone).
 * @throws RangeError where the text is not an IP address
 */
export function ipBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('%')) throw new RangeError(`not an IP address: ${address}`);
  // The URL parser normalizes every form: lower-case hex groups, at most one `::`.
  const spelled = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = spelled.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return Buffer.from([...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
