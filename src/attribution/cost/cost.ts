import type { CacheSplit } from '../../model/segment.js';
import type { Prices } from './prices.js';

/** US dollars for input tokens, each class at its own price; null without a known price. */
export function inputCost(tokens: CacheSplit, prices: Prices | null): number | null {
  if (prices === null) return null;
  return (
    tokens.read * prices.read +
    tokens.write5m * prices.write5m +
    tokens.write1h * prices.write1h +
    tokens.uncached * prices.uncached
  );
}
