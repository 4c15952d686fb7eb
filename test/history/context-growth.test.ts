import { expect, it } from 'vitest';
import {
  type ContextPlace,
  contextPlaces,
  readContextPoints,
  sampledPlaces,
} from '../../src/history/context-growth.js';
import type { CacheMiss } from '../../src/model/thread.js';
import { openReader } from '../../src/store/index.js';
import { aShare } from '../store/support/records.js';
import { SESSION, storedConversation, type Turn } from '../support/stored-conversation.js';

function pointsOf(turns: readonly Turn[]) {
  const { file } = storedConversation(turns);
  const reader = openReader(file);
  const points = readContextPoints(reader, contextPlaces(reader.conversation({ sessionId: SESSION })));
  reader.close();
  return points;
}

const MISS: CacheMiss = {
  cause: 'expired',
  source: null,
  path: null,
  detail: '23 minutes',
  lostTokens: 80,
  lostUsd: 0.15,
};

it('a point has the tokens by group, which sum to the bill, and the part from the cache', () => {
  const usage = { uncached: 20, cacheRead: 70, cacheWrite5m: 10, cacheWrite1h: 0, output: 5, webSearches: 0 };
  const shares = [aShare('mcp:a', 30), aShare('mcp:b', 10, { newTokens: 4 }), aShare('user', 60)];
  const [point] = pointsOf([{ tokens: 100, shares, response: { usage } }]);
  expect(point).toMatchObject({ number: 1, tokens: 100, known: 'exact', cacheReadTokens: 70, window: 200_000 });
  expect(point?.groups.map(({ group, tokens, newTokens }) => [group, tokens, newTokens])).toEqual([
    ['conversation', 60, null],
    ['mcp', 40, 4],
  ]);
});

it('what was not billed is an estimate, without a figure of the cache', () => {
  const [point] = pointsOf([{ tokens: 100, response: { usage: null, state: 'aborted' } }]);
  expect(point).toMatchObject({ tokens: 100, known: 'estimated', cacheReadTokens: null, state: 'aborted' });
});

it('the window follows the header of each request', () => {
  const headers: [string, string][] = [['anthropic-beta', 'context-1m-2025-08-07']];
  const points = pointsOf([{ tokens: 100 }, { tokens: 100, request: { headers } }]);
  expect(points.map(({ window }) => window)).toEqual([200_000, 1_000_000]);
});

it('a compaction is marked where the conversation goes on, with the tokens before it and the cost of the summary', () => {
  const points = pointsOf([
    { tokens: 900 },
    { tokens: 910, purpose: 'compaction', inputCostUsd: 0.25, outputCostUsd: 0.5 },
    { tokens: 100, continuation: 'compacted' },
    { tokens: 120 },
    { tokens: 30, continuation: 'compacted' },
  ]);
  expect(points.map(({ number, compaction }) => [number, compaction])).toEqual([
    [1, null],
    [2, { tokensBefore: 900, costUsd: 0.75 }],
    [3, null],
    [4, { tokensBefore: 120, costUsd: null }],
  ]);
});

it('a cache miss keeps its cause and its cost', () => {
  const points = pointsOf([{ tokens: 100 }, { tokens: 120, cacheMiss: MISS }]);
  expect(points[0]?.cacheMiss).toBeNull();
  expect(points[1]?.cacheMiss).toMatchObject({ cause: 'expired', lostTokens: 80, lostUsd: 0.15 });
});

it('a sample has the ends, compactions, the largest misses and even distances, and no more than was asked for', () => {
  const places = Array.from(
    { length: 500 },
    (_, index): ContextPlace => ({
      number: index + 1,
      id: `req_${index}` as ContextPlace['id'],
      inputTokens: index,
      lostTokens: index === 77 ? 900 : index % 3 === 0 ? 5 : null,
      compaction: index === 200 ? { tokensBefore: 199, costUsd: 1 } : null,
    }),
  );
  for (const max of [12, 40, 499]) {
    const numbers = sampledPlaces(places, max).map(({ number }) => number);
    expect(numbers.length).toBeLessThanOrEqual(max);
    expect(numbers.length).toBeGreaterThan(max / 2);
    expect(numbers).toEqual(expect.arrayContaining([1, 78, 200, 201, 500]));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
  }
  expect(sampledPlaces(places, 500)).toBe(places);
});
