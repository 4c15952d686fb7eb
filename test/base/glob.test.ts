import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesGlob } from '../../src/base/glob.js';

it.each([
  ['mcp:*', 'mcp:serena', true],
  ['mcp:*', 'tool:mcp:', false],
  ['memory:*CLAUDE.md', 'memory:/a/CLAUDE.md', true],
  ['user', 'user', true],
  ['user', 'users', false],
  ['ab*ba', 'aba', false],
  ['*', '', true],
  ['a.c', 'abc', false],
])('%s on %s: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected);
});

it('is quick for many stars and a long text', () => {
  expect(matchesGlob(`${'*a'.repeat(40)}*b`, 'a'.repeat(1_000_000))).toBe(false);
});

it('matches what the regular expression of the same pattern matches', () => {
  const letters = fc.array(fc.constantFrom(...'ab*'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${pattern.replace(/\*+/g, '.*')}$`).test(text));
    }),
  );
});
