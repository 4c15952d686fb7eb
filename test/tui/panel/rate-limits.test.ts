import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../src/text/line.js';
import { rateLimits } from '../../../src/tui/panel/data/rate-limits.js';
import { headLine, NOTHING_KNOWN } from '../../../src/tui/panel/lines/head.js';

const textOf = (facts: Parameters<typeof headLine>[0], width: number) =>
  headLine(facts, width)
    .map(({ text }) => text)
    .join('');

describe('the facts of the head line', () => {
  it('include limits of API keys and of subscriptions, the most used first', () => {
    expect(
      rateLimits([
        ['Anthropic-RateLimit-Requests-Limit', '50'],
        ['anthropic-ratelimit-requests-remaining', '45'],
        ['anthropic-ratelimit-unified-5h-utilization', '0.34'],
        ['anthropic-ratelimit-tokens-remaining', '1000'],
        ['anthropic-ratelimit-unified-reset', '1760000000'],
        ['content-type', 'application/json'],
      ]),
    ).toEqual([
      { name: '5h', used: 0.34 },
      { name: 'requests', used: expect.closeTo(0.1) },
    ]);
  });

  it('show how full the window is, what the session cost, and which limit is nearest', () => {
    const facts = {
      context: { tokens: 150_000, window: 200_000 },
      session: { costUsd: 1.234, estimatedRequests: 0, requests: 45 },
      limits: [{ name: '5h', used: 0.34 }],
    };
    expect(textOf(facts, 110)).toMatch(/75 % of 200k +session \$1\.23 \(45\) {2}limits 5h 34 %$/);
    for (const width of [1, 20, 60, 80, 300]) expect(widthOf(headLine(facts, width))).toBeLessThanOrEqual(width);
    expect(textOf(NOTHING_KNOWN, 80)).toContain('context –');
    expect(textOf({ ...facts, limits: [{ name: '\x1b[2J', used: 0.5 }] }, 110)).not.toContain('\x1b');
  });
});
