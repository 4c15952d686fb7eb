import type { CacheSplit } from '../../model/segment.js';
import type { InputUsage, Usage } from '../../model/usage.js';
import type { Prices } from './prices.js';

/**
 * What the cache did with each segment, given their tokens in cache order (tools, system, messages). Reads cover a
 * prefix; then come the writes, 1-hour before 5-minute ones (the API refuses a longer TTL after a shorter one); the rest is
 * uncached. A segment across a border is split. The tokens must sum to the billed input.
 */
export function walkCache(tokens: readonly number[], usage: Usage): CacheSplit[] {
  const left = { read: usage.cacheRead, write1h: usage.cacheWrite1h, write5m: usage.cacheWrite5m };
  return tokens.map((count) => {
    let rest = count;
    const take = (kind: keyof typeof left): number => {
      const taken = Math.min(rest, left[kind]);
      left[kind] -= taken;
      rest -= taken;
      return taken;
    };
    const [read, write1h, write5m] = [take('read'), take('write1h'), take('write5m')];
    return { read, write5m, write1h, uncached: rest };
  });
}

/** For tokens without a bill. */
export function uncachedSplit(tokens: number): CacheSplit {
  return { read: 0, write5m: 0, write1h: 0, uncached: tokens };
}

/** The bill of a whole request, without segments. */
export function splitOf({ uncached, cacheRead, cacheWrite5m, cacheWrite1h }: InputUsage): CacheSplit {
  return { uncached, read: cacheRead, write5m: cacheWrite5m, write1h: cacheWrite1h };
}

/** US dollars of input tokens, each class at its own price; null without a known price. */
export function inputCost(tokens: CacheSplit, prices: Prices | null): number | null {
  if (prices === null) return null;
  return (
    tokens.read * prices.read +
    tokens.write5m * prices.write5m +
    tokens.write1h * prices.write1h +
    tokens.uncached * prices.uncached
  );
}
