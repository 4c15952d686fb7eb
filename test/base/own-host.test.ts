import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isForeign, isLoopback, isOwnName } from '../../src/base/own-host.js';

describe('a Host header', () => {
  it.each(['127.0.0.1:80', '127.0.0.1', 'localhost:4000', 'LOCALHOST', '[::1]:4000', '127.1.2.3'])(
    'of this machine is our own: %s',
    (header) => {
      expect([isOwnName(header, '127.0.0.1'), isOwnName(header, '0.0.0.0')]).toEqual([true, true]);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example:80',
    '127.0.0.1.nip.io',
    '',
    'localhost:80:80',
    'a b',
    '[::1',
    '10.0.0.1',
    undefined,
  ])('of another name is refused, where the server listens on loopback: %s', (header) =>
    expect(isOwnName(header, '127.0.0.1')).toBe(false),
  );

  it("of a server for others may be any numeric address, its name or the machine's, and no other name", () => {
    const asked = ['10.0.0.1:80', '[fe80::1]', 'box.lan', hostname(), 'evil.example'];
    expect(asked.map((header) => isOwnName(header, 'box.lan'))).toEqual([true, true, true, true, false]);
  });
});

it('loopback hosts', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '0.0.0.0', '::', '192.168.0.1'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

it('a page of another site is recognized by Origin or Fetch Metadata', () => {
  const host = 'localhost:4000';
  const ask = (origin: string | undefined, site: string | undefined) => isForeign({ host, origin, site });
  expect([ask(undefined, undefined), ask('http://localhost:4000', 'same-origin'), ask(undefined, 'none')]).toEqual(
    Array(3).fill(false),
  );
  expect([
    ask('http://localhost:4001', undefined),
    ask('https://localhost:4000', undefined),
    ask('null', undefined),
    ask('http://evil.example', 'cross-site'),
    ask(undefined, 'cross-site'),
    ask(undefined, 'same-site'),
    ask(undefined, 'none, cross-site'),
  ]).toEqual(Array(7).fill(true));
});
