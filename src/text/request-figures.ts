import { isFailed } from '../model/exchange.js';
import type { RequestSummary } from '../model/request.js';
import type { Tone } from './style.js';
import { formatDollars, formatKnownTokens, markEstimate } from './units.js';

/** Input tokens, with `~` where nothing was billed. */
export function formatInput({ input, known }: Pick<RequestSummary['tokens'], 'input' | 'known'>): string {
  return formatKnownTokens(input, known === 'estimated');
}

/** Output tokens, with `~` before an estimate. */
export function formatOutput({ output, outputKnown: known }: RequestSummary['tokens']): string {
  return formatKnownTokens(output, known === 'estimated');
}

/** `~` marks a cost that is incomplete: the API did not report the output, or a part of the bill has no price. */
export function formatCost({
  costUsd,
  tokens,
  unpriced,
}: Pick<RequestSummary, 'costUsd' | 'tokens' | 'unpriced'>): string {
  return markEstimate(formatDollars(costUsd), tokens.outputKnown !== 'exact' || unpriced.length > 0);
}

/** How a request ended: its status code where that says more than its state. */
export function outcomeOf({ state, status, origin }: Ended, word = state.replace('_', ' ')): string {
  if (origin === 'transcript' && state === 'complete') return origin;
  const isStatusClearer = state === 'complete' || (state === 'failed' && (status ?? 0) >= 400);
  return isStatusClearer && status !== null ? String(status) : word;
}

type Ended = Pick<RequestSummary, 'state' | 'status' | 'origin'>;

export function outcomeTone({ state }: Pick<RequestSummary, 'state'>): Tone | undefined {
  return isFailed(state) ? 'bad' : undefined;
}
