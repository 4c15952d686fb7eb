import { createRequire } from 'node:module';
import type * as GenaiPrices from '@pydantic/genai-prices';

/** The larger window of some models, chosen by a beta header. */
const LONG = 1_000_000;
const LONG_BETA = 'context-1m';

/**
 * The API gives these two the long window anyway, and so does the table below. Claude Code sends the header for it when the model
 * is named with `[1m]`; else it compacts at 200k, as its `/context` says (seen in 2.1.329).
 */
const LONG_BY_HEADER = /^claude-(?:opus|sonnet)-4-6\b/;
const PLAIN = 200_000;

/** Loaded for the first gauge: the table takes 20 ms. */
let genaiPrices: typeof GenaiPrices | null = null;
const known = new Map<string, number | null>();

/**
 * Tokens that Claude Code lets a model read at once; null where nobody knows. More than the plain window can only have been
 * read in the long one.
 * @param betas the `anthropic-beta` header, as far as it is known
 */
export function contextWindow(model: string | null, betas: string, inputTokens: number): number | null {
  if (model === null) return null;
  if (betas.includes(LONG_BETA)) return LONG;
  const plain = plainWindow(model);
  return plain !== null && inputTokens > plain ? LONG : plain;
}

function plainWindow(model: string): number | null {
  if (LONG_BY_HEADER.test(model)) return PLAIN;
  const found = known.get(model);
  if (found !== undefined) return found;
  genaiPrices ??= createRequire(import.meta.url)('@pydantic/genai-prices') as typeof GenaiPrices;
  const window = genaiPrices.calcPrice({ input_tokens: 1 }, model, { providerId: 'anthropic' })?.model.context_window;
  known.set(model, window ?? null);
  return window ?? null;
}
