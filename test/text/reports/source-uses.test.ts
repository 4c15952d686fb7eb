import { expect, it } from 'vitest';
import type { SourceUse, SourceUses } from '../../../src/store/index.js';
import { describeSourceUses } from '../../../src/text/reports/source-uses.js';

const SOURCE: SourceUse = {
  source: 'mcp:serena',
  requests: 3,
  sessions: 1,
  tokens: 1_200,
  share: 0.12,
  costUsd: null,
  idleTokens: 1_000,
  idleCostUsd: null,
  funnel: { listed: 3, loaded: 1, called: 0 },
};
const USES: SourceUses = {
  requests: 3,
  unbilledRequests: 0,
  unpricedRequests: 3,
  outdatedRequests: 0,
  inputTokens: 10_000,
  inputCostUsd: null,
  sources: [SOURCE],
  tools: [],
};
const lines = (uses: Partial<SourceUses>) => describeSourceUses({ ...USES, ...uses }, Number.POSITIVE_INFINITY);

it('says that the price is unknown', () => {
  expect(lines({})).toEqual([
    '3 requests, 10.0k tokens in, at an unknown price.',
    '',
    'What dropping each would have saved:',
    'SOURCE      TOKENS  SHARE  COST  IDLE  IDLE COST  REQUESTS  LISTED  LOADED  CALLED',
    'mcp:serena    1.2k   12 %     –  1.0k          –         3       3       1   never',
  ]);
});

it('counts the requests that are not in the figures', () => {
  expect(lines({ unpricedRequests: 1, outdatedRequests: 2, inputCostUsd: 1.5 }).slice(0, 3)).toEqual([
    '3 requests, 10.0k tokens in, $1.50 without the answers.',
    '1 request to models without a known price: not in the cost.',
    '2 requests not attributed by this version: claude-trace reattribute does that.',
  ]);
});

it('counts requests without a bill, even when there are no others', () => {
  expect(lines({ unbilledRequests: 5 })[1]).toBe('5 requests without a bill left out.');
  const none = { requests: 0, unpricedRequests: 0, inputTokens: 0, sources: [] };
  expect(lines({ ...none, unbilledRequests: 1 }).slice(0, 2)).toEqual([
    '0 requests, 0 tokens in, nothing billed.',
    '1 request without a bill left out.',
  ]);
  expect(lines(none)).toEqual(['No request matches.']);
});

it('shows the first of many rows, and counts the others', () => {
  const sources = Array.from({ length: 40 }, (_, index) => ({ ...SOURCE, source: `mcp:server-${index}` }));
  expect(lines({ sources }).at(-1)).toBe('… and 15 more; --json has all.');
});
