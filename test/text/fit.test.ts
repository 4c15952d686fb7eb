import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { displayWidth, padTo, truncate } from '../../src/text/fit.js';
import { texts, widths } from './support/texts.js';

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
  expect(truncate('memory:/home/ada/shop/CLAUDE.md', 16, 'middle')).toBe('…/shop/CLAUDE.md');
  expect(truncate('    /home/ada/shop/CLAUDE.md', 20, 'middle')).toBe('    …/shop/CLAUDE.md');
  expect(truncate('framework:agent-listing', 16, 'middle')).toBe('framewor…listing');
  expect(truncate('数据库事务', 5)).toBe('数据…');
  expect(truncate('fits', 4)).toBe('fits');
});
