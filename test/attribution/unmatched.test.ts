import { expect, test } from 'vitest';
import { isUnmatched, unmatchedIn } from '../../src/attribution/index.js';
import { attributed } from '../support/attributed.js';

test('text without a row is counted: the harness’s, and what nobody knows', () => {
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'Hi.' }, { type: 'hologram' }] },
    { role: 'system', content: "Today's date is never.\n\nBy the way: zorb.\n\nBy another way: zoft." },
  ];
  const { segments } = attributed({ messages });
  const { tokens, share, ...counted } = unmatchedIn(segments);
  expect(counted).toEqual({ segments: 2 });
  const rowless = segments.filter(isUnmatched);
  expect(rowless.map(({ source }) => source)).toEqual(['unknown', 'framework:reminder']);
  expect(tokens).toBe(rowless.reduce((sum, one) => sum + one.tokens, 0));
  expect(share).toBeCloseTo(tokens / segments.reduce((sum, one) => sum + one.tokens, 0));
});

test('nothing is without a row where there is nothing', () => {
  expect(unmatchedIn([])).toEqual({ segments: 0, tokens: 0, share: 0 });
});
