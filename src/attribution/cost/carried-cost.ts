import { billedInput, type Usage } from '../../model/usage.js';
import { priceBill } from './bill.js';
import { inputCost, walkCache } from './cache-split.js';
import type { PriceOverrides } from './prices.js';

export interface CarriedTokens {
  /** Tokens of the request before them, in cache order. */
  before: number;
  tokens: number;
}

/** The bill of a whole request. */
export interface CarryingBill {
  usage: Usage;
  /** The model whose price applies. */
  model: string | null;
  /** Unix ms of the request. */
  at: number;
  prices: PriceOverrides;
}

/** What some tokens of a request cost, US dollars; null without a known price. */
export function carriedCost({ before, tokens }: CarriedTokens, { usage, model, at, prices: overrides }: CarryingBill) {
  const { prices } = priceBill({ usage, output: null, body: null, model, answeredBy: null, at, overrides });
  const rest = Math.max(0, billedInput(usage) - before - tokens);
  const [, split] = walkCache([before, tokens, rest], usage);
  return split === undefined ? null : inputCost(split, prices);
}
