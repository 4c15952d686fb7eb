import { billedInput, type Usage } from '../../model/usage.js';
import { inputCost, splitOf } from './cache-split.js';
import { type PriceOverrides, type Prices, pricesFor } from './prices.js';
import { surchargesOf } from './surcharges.js';

export interface BillOptions {
  usage: Usage;
  /** Output tokens; an estimate where `usage` has none, null where that is unknown too. */
  output: number | null;
  /** Body of the request. */
  body: unknown;
  /** The requested model. */
  model: string | null;
  /** The model that the answer names, or null. */
  answeredBy: string | null;
  /** Unix ms of the request: prices change. */
  at: number;
  overrides: PriceOverrides;
}

/** The cost of a bill. */
export interface PricedBill {
  /** Prices of a token of the request, all surcharges included; null without a known price. */
  prices: Prices | null;
  /** The model whose price applies, or null. */
  pricedAs: string | null;
  /**
   * Output, web searches, and the iterations of other models while answering; US dollars, null without a known price.
   * Without the output when that is not known.
   */
  outputCostUsd: number | null;
  /** Parts of the bill that are not in its cost. */
  unpriced: string[];
}

/**
 * Prices a bill: the figures of `usage` at the price of the model that answered, and each of `iterations` at its own model's
 * price. Claude Code reports the same dollars.
 */
export function priceBill({ usage, output, body, model, answeredBy, at, overrides }: BillOptions): PricedBill {
  const { terms } = usage;
  const tokens = billedInput(usage);
  const listed = [terms?.servedBy ?? null, model, answeredBy].find(
    (each): each is string => each !== null && pricesFor(each, tokens, at, overrides) !== null,
  );
  const unpriced = [...(terms?.unpriced ?? [])];
  if (listed === undefined) {
    return { prices: null, pricedAs: null, outputCostUsd: null, unpriced: [`model: ${model ?? 'none'}`, ...unpriced] };
  }
  const surcharges = surchargesOf(terms, body, listed);
  unpriced.unshift(...surcharges.unpriced);
  const prices = multiplied(pricesFor(listed, tokens, at, overrides), surcharges.answer);
  if (prices === null) return { prices, pricedAs: listed, outputCostUsd: null, unpriced };

  let outputCostUsd = (output ?? 0) * prices.output + usage.webSearches * prices.webSearch;
  for (const iteration of terms?.iterations ?? []) {
    const name = iteration.model ?? listed;
    const own = multiplied(pricesFor(name, billedInput(iteration), at, overrides), surcharges.iterations);
    if (own === null) unpriced.push(`${iteration.type}: ${name}`);
    else outputCostUsd += (inputCost(splitOf(iteration), own) ?? 0) + iteration.output * own.output;
  }
  return { prices, pricedAs: listed, outputCostUsd, unpriced };
}

/** A web search costs the same at any speed and place. */
function multiplied(prices: Prices | null, factor: number | null): Prices | null {
  if (prices === null || factor === null) return null;
  const { uncached, read, write5m, write1h, output, webSearch } = prices;
  return {
    uncached: uncached * factor,
    read: read * factor,
    write5m: write5m * factor,
    write1h: write1h * factor,
    output: output * factor,
    webSearch,
  };
}
