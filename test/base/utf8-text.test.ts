import fc from 'fast-check';
import { expect, it } from 'vitest';
import { utf8Text } from '../../src/base/utf8-text.js';

it('is the same as toString, for valid and invalid UTF-8', () => {
  const long = fc.string({ unit: 'binary', minLength: 500, maxLength: 3_000 }).map((text) => Buffer.from(`é${text}😀`));
  const broken = fc
    .tuple(long, fc.nat(), fc.uint8Array({ maxLength: 4 }))
    .map(([bytes, at, with_]) => Buffer.concat([bytes.subarray(0, at % bytes.length), with_, bytes]));
  fc.assert(
    fc.property(fc.oneof(long, broken), (bytes) => {
      expect(utf8Text(bytes)).toBe(bytes.toString());
    }),
    { numRuns: 300 },
  );
  for (const bytes of [Buffer.from('\ufeff€'.repeat(1_000)), Buffer.from('\xed\xa0\x80'.repeat(900), 'latin1')])
    expect(utf8Text(bytes)).toBe(bytes.toString());
});
