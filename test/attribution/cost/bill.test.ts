import { createRequire } from 'node:module';
import type * as GenaiPrices from '@pydantic/genai-prices';
import { describe, expect, it, test } from 'vitest';
import { priceBill } from '../../../src/attribution/cost/bill.js';
import { modelName } from '../../../src/attribution/cost/model-name.js';
import type { BillingTerms, IterationUsage, Usage } from '../../../src/model/usage.js';
import { SOME_TIME } from '../../support/attributed.js';

const genai = createRequire(import.meta.url)('@pydantic/genai-prices') as typeof GenaiPrices;

const COUNTS = { uncached: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
const TERMS: BillingTerms = {
  speed: null,
  serviceTier: null,
  inferenceGeo: null,
  servedBy: null,
  iterations: [],
  unpriced: [],
};

interface Given {
  usage?: Partial<Usage>;
  terms?: Partial<BillingTerms>;
  model?: string | null;
  body?: unknown;
  answeredBy?: string | null;
  overrides?: Record<string, { input: number; output: number }>;
}

function bill({ usage = {}, terms, model = 'claude-opus-5-5', body = {}, answeredBy = null, overrides = {} }: Given) {
  const whole: Usage = {
    ...COUNTS,
    output: 0,
    webSearches: 0,
    ...usage,
    ...(terms && { terms: { ...TERMS, ...terms } }),
  };
  const priced = priceBill({ usage: whole, output: whole.output, body, model, answeredBy, at: SOME_TIME, overrides });
  const { prices, outputCostUsd } = priced;
  const input = prices && whole.uncached * prices.uncached + whole.cacheRead * prices.read;
  return { ...priced, total: input === null || outputCostUsd === null ? null : input + outputCostUsd };
}

const iteration = (values: Partial<IterationUsage>): IterationUsage => ({
  type: 'x',
  model: null,
  ...COUNTS,
  output: 0,
  ...values,
});

describe('iterations', () => {
  // The example of the API's documentation with a larger advisor; Claude Code 2.1.332 reports $0.464 for it.
  test('an advisor is priced as its own model', () => {
    const advisor = iteration({ type: 'advisor_message', model: 'claude-opus-4-6', uncached: 82_300, output: 1612 });
    const { total } = bill({ usage: { uncached: 412, output: 531 }, terms: { iterations: [advisor] } });
    expect(total).toBeCloseTo((412 * 4 + 531 * 20 + 82_300 * 5 + 1612 * 25) / 1e6, 9);
    expect(total).toBeCloseTo(0.464, 3);
  });

  test('a compaction is priced as the requested model, its cache tokens as cache tokens', () => {
    const compaction = iteration({ type: 'compaction', uncached: 1000, cacheRead: 10_000, output: 100 });
    const { total, unpriced } = bill({ usage: { uncached: 10 }, terms: { iterations: [compaction] } });
    expect(total).toBeCloseTo((10 * 4 + 1000 * 4 + 10_000 * 0.2 + 100 * 20) / 1e6, 9);
    expect(unpriced).toEqual([]);
  });

  test('each has its own long-context tier', () => {
    const long = iteration({ type: 'compaction', uncached: 300_000 });
    const { total } = bill({ model: 'claude-sonnet-4-5', usage: { uncached: 1000 }, terms: { iterations: [long] } });
    expect(total).toBeCloseTo((1000 * 3 + 300_000 * 6) / 1e6, 9);
  });

  test('the answer of a fallback model is priced as that model', () => {
    const declined = iteration({ type: 'message', model: 'claude-fable-5', uncached: 500, output: 20 });
    const found = bill({
      model: 'claude-fable-5',
      usage: { uncached: 412, output: 264 },
      terms: { servedBy: 'claude-opus-4-8', iterations: [declined] },
    });
    expect(found.pricedAs).toBe('claude-opus-4-8');
    expect(found.total).toBeCloseTo((412 * 5 + 264 * 25 + 500 * 10 + 20 * 50) / 1e6, 9);
  });

  test('one of a model without a price is named and not in the cost', () => {
    const advisor = iteration({ type: 'advisor_message', model: 'quorn-1', uncached: 1000 });
    const { total, unpriced } = bill({ usage: { output: 10 }, terms: { iterations: [advisor] } });
    expect(total).toBeCloseTo(0.0002, 9);
    expect(unpriced).toEqual(['advisor_message: quorn-1']);
  });
});

describe('surcharges', () => {
  const usage = { uncached: 100_000, output: 1000, webSearches: 2 };
  const tokens = (100_000 * 4 + 1000 * 20) / 1e6;

  test.each<[string, Given, number]>([
    ['list price', {}, tokens],
    ['in the US', { terms: { inferenceGeo: 'us' } }, tokens * 1.1],
    ['in a batch', { terms: { serviceTier: 'batch' } }, tokens / 2],
    ['fast, as the API says', { terms: { speed: 'fast' } }, tokens * 2],
    ['fast, as the request says', { body: { speed: 'fast' } }, tokens * 2],
    ['fast was requested, and was not available', { body: { speed: 'fast' }, terms: { speed: 'standard' } }, tokens],
    ['fast, as the id says', { model: 'anthropic/claude-opus-5.5-fast' }, tokens * 2],
    ['fast in the US', { terms: { speed: 'fast', inferenceGeo: 'us' } }, tokens * 2.2],
  ])('%s', (_, given, expected) => {
    const { total, unpriced } = bill({ usage, ...given });
    expect(total).toBeCloseTo(expected + 0.02, 9);
    expect(unpriced).toEqual([]);
  });

  test('an older model costs six times as much when it is fast', () => {
    expect(bill({ usage, model: 'claude-opus-4-6', terms: { speed: 'fast' } }).total).toBeCloseTo(3.15 + 0.02, 9);
  });

  test.each<[Given, string]>([
    [{ terms: { serviceTier: 'priority' } }, 'service_tier: priority'],
    [{ terms: { serviceTier: 'flex' } }, 'service_tier: flex'],
    [{ terms: { inferenceGeo: 'moon' } }, 'inference_geo: moon'],
    [{ terms: { speed: 'warp' } }, 'speed: warp'],
    [{ model: 'claude-haiku-4-5', terms: { speed: 'fast' } }, 'speed: fast'],
    [{ terms: { inferenceGeo: 'constructor' } }, 'inference_geo: constructor'],
    [{ model: 'quorn-1' }, 'model: quorn-1'],
  ])('%j has no price, and a reason', (given, reason) => {
    expect(bill({ usage, ...given })).toMatchObject({ total: null, prices: null, unpriced: [reason] });
  });

  test('parts of the bill without a price are named', () => {
    const { total, unpriced } = bill({ usage, terms: { unpriced: ['code_execution'] } });
    expect(total).toBeCloseTo(tokens + 0.02, 9);
    expect(unpriced).toEqual(['code_execution']);
  });
});

describe('the model of an id', () => {
  it.each([
    ['claude-opus-4-5-20251101', 'claude-opus-4-5'],
    ['claude-opus-4-5@20251101', 'claude-opus-4-5'],
    ['claude-opus-4-20250514', 'claude-opus-4'],
    ['claude-opus-4-0', 'claude-opus-4'],
    ['claude-sonnet-4-5[1m]', 'claude-sonnet-4-5'],
    ['claude-sonnet-4-5-20250929[1m]', 'claude-sonnet-4-5'],
    ['claude-3-5-haiku-latest', 'claude-haiku-3-5'],
    ['claude-3-5-haiku-20241022', 'claude-haiku-3-5'],
    ['Claude-Opus-5', 'claude-opus-5'],
    ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'claude-sonnet-3-5'],
    ['anthropic.claude-3-haiku-20240307-v1:0:200k', 'claude-haiku-3'],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['global.anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
    ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5'],
    [
      'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-5-20251101-v1:0',
      'claude-opus-4-5',
    ],
    ['bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0', 'claude-opus-4-1'],
    ['vertex_ai/claude-sonnet-4@20250514', 'claude-sonnet-4'],
    ['projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929', 'claude-sonnet-4-5'],
    ['anthropic/claude-opus-4.6', 'claude-opus-4-6'],
    ['openrouter/anthropic/claude-3.7-sonnet:thinking', 'claude-sonnet-3-7'],
    ['anthropic/claude-4.5-sonnet-20250929', 'claude-sonnet-4-5'],
    ['databricks-claude-opus-4-5', 'claude-opus-4-5'],
  ])('%s', (id, name) => {
    expect(modelName(id)).toEqual({ name, isFast: false });
  });

  it.each([
    'quorn-1',
    '',
    'claude',
    'claude-',
    'notclaude-opus-5',
    'claude-opus',
    'claude-opus-5-5-5',
    'claude-opus-5-finetuned',
    'claude-opus-500',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3',
    `claude-opus-5${'-0'.repeat(1000)}`,
  ])('"%s" names none', (id) => {
    expect(modelName(id)).toBeNull();
  });

  test('every model of the table is found by its own id', () => {
    const models = genai.findProvider({ providerId: 'anthropic' })?.models ?? [];
    const named = models.filter(({ id }) => modelName(id) !== null);
    expect(named.length).toBeGreaterThan(18);
    for (const { id } of named) expect({ id, priced: bill({ model: id }).pricedAs }).toEqual({ id, priced: id });
  });

  test('a newer model is not the one whose name it begins with', () => {
    for (const model of ['claude-sonnet-5-9', 'claude-opus-4-99', 'claude-haiku-4-5-x', 'claude-opus-9']) {
      expect({ model, priced: bill({ model }).pricedAs }).toEqual({ model, priced: null });
    }
  });

  test('the answer names the model when the request does not', () => {
    const profile = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3';
    const found = bill({ model: profile, answeredBy: 'claude-opus-5-5', usage: { output: 100 } });
    expect(found).toMatchObject({ pricedAs: 'claude-opus-5-5', unpriced: [] });
    expect(found.total).toBeCloseTo(0.002, 9);
  });

  test('an override for a model also holds for its other ids', () => {
    const overrides = { 'claude-opus-5-5': { input: 1, output: 2 } };
    const found = bill({ model: 'us.anthropic.claude-opus-5-5-v1:0', overrides, usage: { output: 1_000_000 } });
    expect(found.total).toBeCloseTo(2, 9);
  });
});
