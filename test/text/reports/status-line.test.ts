import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type StatusFacts, statusLine } from '../../../src/text/reports/status-line.js';

const FACTS: StatusFacts = {
  model: 'Opus 4.6',
  context: {
    tokens: 100_000,
    window: 200_000,
    groups: [
      { group: 'tools', tokens: 50_000 },
      { group: 'mcp', tokens: 25_000 },
      { group: 'conversation', tokens: 20_000 },
      { group: 'memory', tokens: 4_000 },
    ],
  },
  cost: { usd: 1.24, isEstimate: false },
  cacheShare: 0.934,
  budgets: [],
  problem: null,
};
const text = (facts: Partial<StatusFacts> = {}, width = 120) => statusLine({ ...FACTS, ...facts }, width, false);

describe('statusLine', () => {
  it('shows the context with its three largest groups, the cost of the session and its cache share', () => {
    expect(text()).toBe(
      'Opus 4.6  ▕TTTTMMMYCC          ▏ 50 % of 200k  tools 50.0k, mcp 25.0k, conversation 20.0k  $1.24  cache 93 %',
    );
  });

  it.each([46, 60, 80, 100, 200])('fits %i columns', (width) => {
    for (const line of [text({}, width), statusLine(FACTS, width, true)]) {
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
      expect(stripVTControlCharacters(line)).toContain('50 % of 200k');
      expect(stripVTControlCharacters(line)).toContain('$1.24');
    }
  });

  it('cuts what does not fit at all', () => {
    expect(text({}, 12)).toBe('context 50 %');
  });

  it('divides the filled part of the bar among the groups, in the colours of their names', () => {
    const line = statusLine(FACTS, 120, true);
    expect(line).toContain('\x1b[44m\x1b[97mTTTT\x1b[39m\x1b[49m\x1b[45m\x1b[97mMMM\x1b[39m\x1b[49m');
    expect(line).toContain('\x1b[44m\x1b[97mtools\x1b[39m\x1b[49m 50.0k, ');
    expect(line).toContain('\x1b[45m\x1b[97mmcp\x1b[39m\x1b[49m 25.0k, ');
  });

  it('marks a context that is nearly full, estimates, and figures that are not known', () => {
    const full = { tokens: 190_000, window: 200_000, groups: [] };
    expect(statusLine({ ...FACTS, context: full }, 120, true)).toContain('\x1b[31m95 % of 200k\x1b[39m');
    expect(text({ cost: { usd: 0.5, isEstimate: true } })).toContain('  ~$0.50  ');
    expect(text({ context: { tokens: 41_000, window: null, groups: [] }, problem: 'not traced' })).toMatch(
      /▏ 41\.0k tokens {2}\$1\.24 {2}cache 93 % {2}not traced$/,
    );
    expect(text({ model: null, context: null, cost: null, cacheShare: null, problem: 'not traced' })).toBe(
      'context –  not traced',
    );
  });

  it('shows budgets that are nearly spent, and spent ones in red', () => {
    const use = { period: 'day', costUsd: 4.1, isEstimate: false, unpriced: 0, limitUsd: 5, share: 0.82 } as const;
    const spent = { ...use, period: 'month', costUsd: 51, isEstimate: true, limitUsd: 50, share: 1.02 } as const;
    expect(text({ budgets: [use, spent] })).toContain('  day $4.10 of $5.00  month ~$51.00 of $50.00');
    expect(statusLine({ ...FACTS, budgets: [use, spent] }, 200, true)).toContain(
      '\x1b[33mday $4.10 of $5.00\x1b[39m  \x1b[31mmonth ~$51.00 of $50.00\x1b[39m',
    );
  });

  it('shows more than the window as full', () => {
    const context = { tokens: 230_000, window: 200_000, groups: [] };
    expect(text({ context })).toContain('▕····················▏ 115 % of 200k');
  });

  it.each(['\x1b]0;title\x07', 'a\nb', 'x'.repeat(200), '日本語', ''])('leaves out the model %j', (model) => {
    expect(text({ model })).toMatch(/^▕/);
  });
});
