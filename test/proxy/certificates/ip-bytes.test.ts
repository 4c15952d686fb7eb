import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipBytes } from '../../../src/proxy/certificates/ip-bytes.js';

describe('the bytes of an IP address', () => {
  it.each([
    ['127.0.0.1', '7f000001'],
    ['::1', '00000000000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['2001:DB8::', '20010db8000000000000000000000000'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
  ])('%s', (address, hex) => {
    expect(ipBytes(address).toString('hex')).toBe(hex);
  });

  it('are the groups of any full IPv6 address', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (parts) => {
        const address = parts.map((part) => part.toString(16)).join(':');
        expect(isIPv6(address)).toBe(true);
        expect(ipBytes(address).toString('hex')).toBe(parts.map((part) => part.toString(16).padStart(4, '0')).join(''));
      }),
    );
  });

  it.each(['localhost', '1.2.3', 'fe80::1%eth0'])('%s has none', (text) => {
    expect(() => ipBytes(text)).toThrow(RangeError);
  });
});
