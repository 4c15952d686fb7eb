import { priceLibrary } from './prices.js';

const LONG = 1_000_000;
const LONG_BETA = 'context-1m';

/**
 * The API gives these models the long window without a header, and so does the price table. But Claude Code sends the
 * header only when the model is named with `[1m]`, and otherwise compacts at 200k, as its `/context` shows (seen in
 * 2.1.329).
 */
const LONG_BY_HEADER = /^claude-(?:opus|sonnet)-4-6\b/;
const PLAIN = 200_000;

const known = new Map<string, number | null>();

/**
 * The context window that Claude Code uses for a model, in tokens; null where it is unknown. More input than the plain
 * window means the long one.
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
  const window = priceLibrary().calcPrice({ input_tokens: 1 }, model, { providerId: 'anthropic' })?.model
    .context_window;
  known.set(model, window ?? null);
  return window ?? null;
}
