import { describe, expect, it } from 'vitest';
import { noProxyMatches } from '../../../src/proxy/upstream/no-proxy.js';

describe('NO_PROXY', () => {
  it.each([
    ['', 'a.test', 443, false],
    ['*', 'a.test', 443, true],
    ['a.test', 'a.test', 443, true],
    ['a.test', 'b.a.test', 443, true],
    ['.a.test', 'b.a.test', 443, true],
    ['.a.test', 'a.test', 443, true],
    ['*.a.test', 'b.a.test', 443, true],
    ['a.test', 'ba.test', 443, false],
    ['A.Test', 'a.tEST.', 443, true],
    ['x, a.test  y', 'a.test', 443, true],
    ['a.test:443', 'a.test', 443, true],
    ['a.test:443', 'a.test', 80, false],
    ['127.0.0.1', '127.0.0.1', 443, true],
    ['0.0.1', '127.0.0.1', 443, false],
    ['10.0.0.0/8', '10.1.2.3', 443, true],
    ['10.0.0.0/8', '11.1.2.3', 443, false],
    ['10.0.0.0/8', '10.test', 443, false],
    ['10.0.0.0/99', '10.1.2.3', 443, false],
    ['fd00::/8', 'fd00::1', 443, true],
    ['::1', '::1', 443, true],
    ['[::1]:443', '::1', 443, true],
    ['.', 'a.test', 443, false],
  ])('%j takes %s:%i off the proxy: %s', (noProxy, host, port, expected) => {
    expect(noProxyMatches(noProxy, host, port)).toBe(expected);
  });
});
