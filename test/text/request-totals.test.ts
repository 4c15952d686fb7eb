import { expect, it } from 'vitest';
import { describeFigures } from '../../src/text/request-totals.js';

const NOTHING_BILLED = { requests: 573, failed: 573, inputTokens: 0, outputTokens: 0, costUsd: null };

it('names an unknown price where something was billed, not for requests that failed', () => {
  expect(describeFigures(NOTHING_BILLED)).toEqual(['573 requests (573 failed)', '0 tokens in', '0 out']);
  expect(describeFigures({ ...NOTHING_BILLED, failed: 0, inputTokens: 1_000 }).at(-1)).toBe('at an unknown price');
});
