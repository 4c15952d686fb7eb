import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutLine, fragment, spread, widthOf } from '../../src/text/line.js';
import { texts, widths } from './support/texts.js';

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
