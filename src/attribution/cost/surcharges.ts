import { isRecord } from '../../base/json.js';
import type { BillingTerms } from '../../model/usage.js';
import { modelName } from './model-name.js';

/** Factors of prices; null where one is not known. */
export interface Surcharges {
  /** For the model that answered. */
  answer: number | null;
  /** For the iterations of other models: speed and tier apply to the requested model only. */
  iterations: number | null;
  /** Terms without a known price, as `field: word`. */
  unpriced: string[];
}

/**
 * Fast mode costs a multiple of the price list, also of its cache prices.
 * https://platform.claude.com/docs/en/about-claude/pricing ("Fast mode pricing"), read 2026-11
 */
const FAST: Readonly<Record<string, number>> = {
  'claude-opus-4-6': 6,
  'claude-opus-4-7': 6,
  'claude-opus-4-8': 2,
  'claude-opus-5': 2,
  'claude-opus-5-5': 2,
};
/** The Batch API costs half; priority is paid for by commitment. Same page. */
const TIERS: Readonly<Record<string, number>> = { batch: 0.5 };
/** Inference only in the US. Same page, "Data residency pricing". */
const GEOS: Readonly<Record<string, number>> = { us: 1.1 };

/** @param body of the request, with the requested speed; the terms have the actual one */
export function surchargesOf(terms: BillingTerms | undefined, body: unknown, model: string): Surcharges {
  const named = modelName(model);
  const asked = isRecord(body) && typeof body.speed === 'string' ? body.speed : null;
  const speed = terms?.speed ?? asked ?? (named?.isFast ? 'fast' : null);
  const geo = factor(GEOS, terms?.inferenceGeo);
  const tier = factor(TIERS, terms?.serviceTier);
  const pace = speed === 'fast' ? (FAST[named?.name ?? ''] ?? null) : factor({ standard: 1 }, speed);
  return {
    answer: product([geo, tier, pace]),
    iterations: product([geo, terms?.serviceTier === 'batch' ? tier : 1]),
    unpriced: [
      ...(geo === null ? [`inference_geo: ${terms?.inferenceGeo}`] : []),
      ...(tier === null ? [`service_tier: ${terms?.serviceTier}`] : []),
      ...(pace === null ? [`speed: ${speed?.slice(0, 100)}`] : []),
    ],
  };
}

function factor(known: Readonly<Record<string, number>>, word: string | null | undefined): number | null {
  if (word === null || word === undefined) return 1;
  return Object.hasOwn(known, word) ? (known[word] ?? null) : null;
}

function product(factors: readonly (number | null)[]): number | null {
  return factors.reduce((all, each) => (all === null || each === null ? null : all * each), 1);
}
