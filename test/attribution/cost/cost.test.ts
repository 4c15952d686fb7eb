import { describe, expect, test } from 'vitest';
import type { AttributionInput } from '../../../src/attribution/index.js';
import type { Usage } from '../../../src/model/usage.js';
import { attributed } from '../../support/attributed.js';

const BODY = {
  tools: [{ name: 'Read', description: 'brindle '.repeat(40) }],
  system: 'mellip '.repeat(80),
  messages: [{ role: 'user', content: 'zoft '.repeat(120) }],
};
const NOTHING: Usage = { uncached: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, webSearches: 0 };

function run(usage: Partial<Usage>, more: Partial<AttributionInput> = {}) {
  return attributed(BODY, { model: 'claude-sonnet-4-5', usage: { ...NOTHING, ...usage }, ...more });
}

// Sonnet 4.5: 3 in, 15 out, reads 0.30, writes 3.75 and 6 dollars a million; double (out 1.5 times) above 200,000.
describe('the cost of a request, computed by hand', () => {
  test.each<[string, Partial<Usage>, number, number]>([
    ['uncached', { uncached: 1000, output: 100 }, 0.003, 0.0015],
    ['cache reads', { cacheRead: 10_000 }, 0.003, 0],
    ['5-minute writes', { cacheWrite5m: 1000 }, 0.00375, 0],
    ['1-hour writes', { cacheWrite1h: 1000 }, 0.006, 0],
    ['all at once', { uncached: 1000, cacheRead: 10_000, cacheWrite5m: 1000, cacheWrite1h: 1000 }, 0.01575, 0],
    ['web searches', { webSearches: 3, output: 100 }, 0, 0.0315],
    ['just up to the tier', { uncached: 200_000, output: 1000 }, 0.6, 0.015],
    ['above the tier, by all input', { uncached: 1000, cacheRead: 200_000, output: 1000 }, 0.126, 0.0225],
  ])('%s', (_, usage, input, output) => {
    const { inputCostUsd, outputCostUsd } = run(usage);
    expect(inputCostUsd).toBeCloseTo(input, 9);
    expect(outputCostUsd).toBeCloseTo(output, 9);
  });

  test('fast mode costs null: its price is a multiple that no table has', () => {
    expect(run({ uncached: 1000 }, { body: { ...BODY, speed: 'fast' } })).toMatchObject({
      inputCostUsd: null,
      outputCostUsd: null,
    });
    expect(run({ uncached: 1000 }, { body: { ...BODY, speed: 'standard' } }).inputCostUsd).toBeCloseTo(0.003, 9);
  });

  test('a request without a bill has no known cost', () => {
    expect(run({}, { usage: null })).toMatchObject({ inputCostUsd: null, outputCostUsd: null });
  });

  test('a model without a known price costs null, as do its segments', () => {
    const { inputCostUsd, outputCostUsd, segments, shares } = run({ uncached: 9, output: 9 }, { model: 'quorn-1' });
    const costs = [...segments, ...shares].map(({ costUsd }) => costUsd);
    expect([inputCostUsd, outputCostUsd, ...costs].every((cost) => cost === null)).toBe(true);
  });

  test('an override prices a model; missing prices follow from its input price', () => {
    const prices = { 'quorn-*': { input: 100, output: 200 }, 'quorn-1*': { input: 10, output: 20, cache_read: 3 } };
    const usage = { uncached: 1000, cacheRead: 1000, cacheWrite5m: 1000, cacheWrite1h: 1000, output: 1000 };
    const { inputCostUsd, outputCostUsd } = run(usage, { model: 'quorn-1.5', prices });
    expect(inputCostUsd).toBeCloseTo(0.01 + 0.003 + 0.0125 + 0.02, 9);
    expect(outputCostUsd).toBeCloseTo(0.02, 9);
  });

  test('an exact name wins over a glob', () => {
    const prices = { '*': { input: 1, output: 1 }, 'claude-sonnet-4-5': { input: 2, output: 2 } };
    expect(run({ uncached: 1_000_000 }, { prices }).inputCostUsd).toBeCloseTo(2, 9);
  });
});

test('reads cover a prefix in cache order, then 1-hour writes, 5-minute writes, and the rest is uncached', () => {
  const { segments } = run({ cacheRead: 250, cacheWrite1h: 300, cacheWrite5m: 200, uncached: 250 });
  const [tools, system, user] = segments.map(({ tokens }) => tokens);
  expect(segments.map(({ role }) => role)).toEqual(['tools', 'system', 'user']);
  const bounds = [tools ?? 0, (tools ?? 0) + (system ?? 0), (tools ?? 0) + (system ?? 0) + (user ?? 0)];
  // Where in the order each class of tokens begins and ends, cut at the segments' own bounds.
  const classes = { read: [0, 250], write1h: [250, 550], write5m: [550, 750], uncached: [750, 1000] } as const;
  for (const [index, segment] of segments.entries()) {
    const [from, to] = [bounds[index - 1] ?? 0, bounds[index] ?? 0];
    for (const kind of ['read', 'write1h', 'write5m', 'uncached'] as const) {
      const overlap = Math.max(0, Math.min(to, classes[kind][1]) - Math.max(from, classes[kind][0]));
      expect([segment.role, kind, segment.cache[kind]]).toEqual([segment.role, kind, overlap]);
    }
  }
});

test('without a bill all figures are estimates', () => {
  const { known, segments, inputTokens, outputCostUsd } = run({}, { usage: null });
  expect([known, outputCostUsd]).toEqual(['estimated', null]);
  expect(segments.every((segment) => segment.known === 'estimated' && segment.tokens === segment.estimatedTokens)).toBe(
    true,
  );
  expect(inputTokens).toBe(segments.reduce((sum, segment) => sum + segment.tokens, 0));
});

test('with a bill the total is exact and the segments are scaled', () => {
  const { known, segments, inputTokens } = run({ uncached: 777 });
  expect([known, inputTokens]).toEqual(['exact', 777]);
  expect(segments.every((segment) => segment.known === 'scaled')).toBe(true);
});

test('a bill for a request without estimated tokens is overhead', () => {
  const { segments } = run({ uncached: 7 }, { body: {}, text: '{}' });
  expect(segments).toMatchObject([{ source: 'framework:overhead', part: 'overhead', tokens: 7, estimatedTokens: 0 }]);
});

test('shares sum segments by source and part, with the place of the first one', () => {
  const body = {
    messages: [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two' },
      { role: 'user', content: 'three' },
    ],
  };
  const { shares } = run({ uncached: 90 }, { body });
  expect(shares).toMatchObject([
    { source: 'user', part: 'text', segments: 2, messageIndex: 0, messageRole: 'user' },
    { source: 'assistant', part: 'text', segments: 1, messageIndex: 1, messageRole: 'assistant' },
  ]);
});
