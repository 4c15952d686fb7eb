import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/text/fit.js';
import { wrap, wrapText } from '../../src/text/wrap.js';
import { texts, widths } from './support/texts.js';

describe('wrap', () => {
  it('keeps every character, and no line is too wide', () => {
    fc.assert(
      fc.property(texts, widths, (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join('')).toBe(text.replaceAll('\n', '').replaceAll('\t', '  '));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('breaks at blanks where that leaves no line half empty', () => {
    expect(wrap('one two three', 8)).toEqual(['one two ', 'three']);
    expect(wrap('averyveryverylongword', 8)).toEqual(['averyver', 'yverylon', 'gword']);
    expect(wrap('a\n\nb', 8)).toEqual(['a', '', 'b']);
  });
});

describe('wrapText', () => {
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

  it('does not break long words, and nothing for a pipe', () => {
    expect(wrapText('a veryverylongword b', 8)).toEqual(['a', 'veryverylongword', 'b']);
    expect(wrapText('a b c', Number.POSITIVE_INFINITY)).toEqual(['a b c']);
  });

  it('contains no control characters', () => {
    expect(wrapText('a\u001b[2Jb', 80)[0]).not.toContain('\u001b');
  });
});
