import type { Usage } from '../../../src/model/usage.js';

export interface Bill {
  usage: Usage;
  /** US dollars. */
  inputCostUsd: number;
  outputCostUsd: number;
}

/** US dollars per million tokens. */
const PRICES: Readonly<Record<string, { input: number; output: number }>> = {
  'claude-opus-4-5': { input: 5, output: 25 },
  'claude-sonnet-4-5': { input: 3, output: 15 },
  'claude-haiku-4-5': { input: 1, output: 5 },
};
export const MAIN_MODELS = ['claude-sonnet-4-5', 'claude-opus-4-5'] as const;
export const SIDE_MODEL = 'claude-haiku-4-5';

/** The bill of a request of `tokens`, of which the first `cached` were in the cache: the rest except its end is written there. */
export function billOf(model: string, tokens: number, cached: number, output: number): Bill {
  const cacheRead = Math.min(cached, tokens);
  const uncached = Math.min(3, tokens - cacheRead);
  const cacheWrite5m = tokens - cacheRead - uncached;
  const price = PRICES[model];
  if (price === undefined) throw new Error(`${model} has no price.`);
  return {
    usage: { uncached, cacheRead, cacheWrite5m, cacheWrite1h: 0, output, webSearches: 0 },
    inputCostUsd: ((uncached + 0.1 * cacheRead + 1.25 * cacheWrite5m) * price.input) / 1e6,
    outputCostUsd: (output * price.output) / 1e6,
  };
}

/** The extra cost of writing tokens into the cache again instead of reading them. */
export function lossOf(model: string, tokens: number): number {
  return (tokens * 1.15 * (PRICES[model]?.input ?? 0)) / 1e6;
}
