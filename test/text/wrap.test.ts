import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { wrapText } from '../../src/text/wrap.js';

it('breaks at spaces and puts later lines under the text of the first', () => {
  expect(wrapText('one two three four', 12, '1. ')).toEqual(['1. one two', '   three', '   four']);
});

it('loses no word, and keeps to the width as far as words allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z漢]{1,9}$/), { minLength: 1 }),
      fc.integer({ min: 22, max: 60 }),
      (words, width) => {
        const lines = wrapText(words.join(' '), width, '→ ');
        expect(lines.map((line) => line.slice(2)).join(' ')).toBe(words.join(' '));
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

it('leaves a long word whole, and a pipe unbroken', () => {
  expect(wrapText('a veryverylongword b', 8)).toEqual(['a', 'veryverylongword', 'b']);
  expect(wrapText('a b c', Number.POSITIVE_INFINITY)).toEqual(['a b c']);
});

it('shows what was captured without its control characters', () => {
  expect(wrapText('a\u001b[2Jb', 80)[0]).not.toContain('\u001b');
});
