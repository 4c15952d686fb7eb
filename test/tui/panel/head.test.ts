import { describe, expect, it } from 'vitest';
import { textOf, widthOf } from '../../../src/text/line.js';
import { rateLimits } from '../../../src/tui/panel/data/rate-limits.js';
import { type HeadFacts, headLine, NOTHING_KNOWN, statusLine } from '../../../src/tui/panel/lines/head.js';

const NOW = new Date(2026, 2, 1, 12, 0);
const headOf = (facts: HeadFacts, width: number) => textOf(headLine(facts, width, NOW));

describe('the facts of the head line', () => {
  it('include limits of API keys and of subscriptions, the most used first', () => {
    expect(
      rateLimits([
        ['Anthropic-RateLimit-Requests-Limit', '50'],
        ['anthropic-ratelimit-requests-remaining', '45'],
        ['anthropic-ratelimit-unified-5h-utilization', '0.34'],
        ['anthropic-ratelimit-tokens-remaining', '1000'],
        ['anthropic-ratelimit-unified-5h-reset', '1760000000'],
        ['anthropic-ratelimit-requests-reset', '2026-03-01T12:00:30Z'],
        ['content-type', 'application/json'],
      ]),
    ).toEqual([
      { name: '5h', used: 0.34, resetsAt: new Date(1_760_000_000_000) },
      { name: 'requests', used: expect.closeTo(0.1), resetsAt: new Date('2026-03-01T12:00:30Z') },
    ]);
  });

  const facts: HeadFacts = {
    context: { tokens: 150_000, window: 200_000 },
    session: { costUsd: 1.234, costPerHour: 2.5, isEstimate: false, cacheShare: 0.92 },
    limits: [{ name: '5h', used: 0.34, resetsAt: new Date(2026, 2, 1, 15, 0) }],
    groups: [
      { group: 'mcp', costUsd: 0.0044 },
      { group: 'skills', costUsd: 0.0006 },
    ],
    miss: null,
  };

  it('show how full the window is, what the session costs, what the cache saves, and what is left of the limit', () => {
    expect(headOf(facts, 120)).toMatch(
      /^main 150\.0k ▕█{15} {5}▏ 75 % of 200k +session \$1\.23, \$2\.50\/h {2}cache 92 % {2}5h 66 % left, resets 15:00$/,
    );
    expect(headOf(facts, 80)).toMatch(/75 % of 200k +session \$1\.23, \$2\.50\/h {2}cache 92 %$/);
    expect(headOf(facts, 46)).toMatch(/^main 75 % of 200k +session \$1\.23 {2}cache 92 %$/);
    expect(headOf(NOTHING_KNOWN, 80)).toContain('main –');
  });

  it('show a limit that is nearly used up in any width, and none that has reset since', () => {
    const nearly = { name: '\x1b[2J', used: 0.95, resetsAt: null };
    expect(headOf({ ...facts, limits: [nearly] }, 80)).toMatch(/�\[2J 5 % left$/);
    const past = { name: '5h', used: 0.95, resetsAt: new Date(2026, 2, 1, 11, 59) };
    expect(headOf({ ...facts, limits: [past] }, 120)).toMatch(/cache 92 %$/);
    const later = { name: '7d', used: 0.2, resetsAt: new Date(2026, 2, 5, 9, 0) };
    expect(headOf({ ...facts, limits: [later] }, 140)).toMatch(/7d 80 % left, resets 03-05 09:00$/);
  });

  it('include the cost of MCP servers and skills if the panel is one row high', () => {
    expect(textOf(statusLine(facts, 80, NOW))).toMatch(
      /^main 75 % of 200k +session \$1\.23 {2}cache 92 % {2}last: mcp \$0\.0044, skills \$0\.0006$/,
    );
    expect(textOf(statusLine(facts, 60, NOW))).toMatch(/cache 92 %$/);
  });

  it('fit every width', () => {
    for (let width = 1; width < 160; width += 1) {
      expect(widthOf(headLine(facts, width, NOW))).toBeLessThanOrEqual(width);
      expect(widthOf(statusLine(facts, width, NOW))).toBeLessThanOrEqual(width);
    }
  });
});
