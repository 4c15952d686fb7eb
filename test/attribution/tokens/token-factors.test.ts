import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dot } from '../../../src/attribution/tokens/matrix.js';
import { coefficients, tokensBy, UNBILLED } from '../../../src/attribution/tokens/token-factors.js';
import { TOKEN_KINDS } from '../../../src/attribution/tokens/token-kind.js';

const count = fc.nat(200_000);
const measured = fc.record({
  kind: fc.constantFrom(...TOKEN_KINDS),
  estimate: count,
  foreign: count,
  dense: count,
  opens: fc.boolean(),
});
const mean = fc.array(fc.double({ min: -20, max: 300, noNaN: true }), {
  minLength: UNBILLED.mean.length,
  maxLength: UNBILLED.mean.length,
});

it('the tokens of one piece are, to the last bit, those of its row of coefficients', () => {
  fc.assert(
    fc.property(mean, measured, (factors, piece) => {
      expect(tokensBy(factors, piece) + 0).toBe(dot(coefficients([piece]), factors) + 0);
    }),
  );
});
