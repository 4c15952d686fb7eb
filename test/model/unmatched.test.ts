import { expect, test } from 'vitest';
import { isUnmatched, unmatchedIn } from '../../src/model/unmatched.js';
import { attributed } from '../support/attributed.js';

test('text that matches no rule is counted: Claude Code’s, and unknown text', () => {
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'Hi.' }, { type: 'hologram' }] },
    { role: 'system', content: "Today's date is never.\n\nBy the way: zorb.\n\nBy another way: zoft." },
  ];
  const { segments } = attributed({ messages });
  const rowless = segments.filter(isUnmatched);
  expect(rowless.map(({ source }) => source)).toEqual(['unknown', 'framework:reminder']);
  const tokens = rowless.reduce((sum, one) => sum + one.tokens, 0);
  const total = segments.reduce((sum, one) => sum + one.tokens, 0);
  expect(tokens).toBeGreaterThan(0);
  expect(unmatchedIn(segments)).toEqual({ tokens, total, share: tokens / total });
});

test('without segments nothing is unmatched', () => {
  expect(unmatchedIn([])).toEqual({ tokens: 0, total: 0, share: 0 });
});
