import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { displayWidth, padTo, truncate } from '../../src/text/fit.js';
import { cutLine, fragment, spread, widthOf } from '../../src/text/line.js';
import { wrap } from '../../src/text/wrap.js';

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('a', ' ', '数', '据', 'é', '👩‍👩‍👧‍👦', '🚀', 'ﾃ'), maxLength: 80 }),
);
const widths = fc.integer({ min: 2, max: 60 });

describe('text on a screen', () => {
  it('is as wide as all its characters, whichever of them are plain', () => {
    const wrong = Array.from({ length: 0xffff }, (_, code) => String.fromCharCode(code)).filter(
      (character) => displayWidth(`a${character}b`) !== stringWidth(`a${character}b`),
    );
    expect(wrong).toEqual([]);
  });

  it('fills its width exactly', () => {
    fc.assert(
      fc.property(
        texts,
        widths,
        fc.constantFrom('left', 'right'),
        fc.constantFrom('end', 'middle'),
        (text, width, align, cut) => {
          expect(stringWidth(padTo(text, width, align, cut))).toBe(width);
        },
      ),
    );
  });

  it('says with an ellipsis that something is missing, and keeps the end of a path', () => {
    expect(truncate('claude-opus', 7)).toBe('claude…');
    expect(truncate('memory:/home/ada/shop/CLAUDE.md', 16, 'middle')).toBe('memory:/…AUDE.md');
    expect(truncate('数据库事务', 5)).toBe('数据…');
    expect(truncate('fits', 4)).toBe('fits');
  });

  it('wraps without losing or adding a character, and no line is too wide', () => {
    fc.assert(
      fc.property(texts, widths, (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join('')).toBe(text.replaceAll('\n', '').replaceAll('\t', '  '));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('wraps at blanks where that leaves no line half empty', () => {
    expect(wrap('one two three', 8)).toEqual(['one two ', 'three']);
    expect(wrap('averyveryverylongword', 8)).toEqual(['averyver', 'yverylon', 'gword']);
    expect(wrap('a\n\nb', 8)).toEqual(['a', '', 'b']);
  });

  it('cuts a line of several runs to its width', () => {
    fc.assert(
      fc.property(fc.array(texts.map((text) => fragment(text.replace(/\n/g, ' ')))), widths, (line, width) => {
        expect(widthOf(cutLine(line, width))).toBeLessThanOrEqual(width);
        expect(widthOf(spread(line, [fragment('right')], width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('puts two pieces at both ends, the left one giving way', () => {
    const text = (width: number) =>
      spread([fragment('left piece')], [fragment('right')], width)
        .map((each) => each.text)
        .join('');
    expect(text(20)).toBe('left piece     right');
    expect(text(15)).toBe('left pie… right');
  });
});
