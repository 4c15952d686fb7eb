import fc from 'fast-check';

/** Texts with wide, combined and joined characters. */
export const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('a', ' ', '数', '据', 'é', '👩‍👩‍👧‍👦', '🚀', 'ﾃ'), maxLength: 80 }),
);

export const widths = fc.integer({ min: 2, max: 60 });
