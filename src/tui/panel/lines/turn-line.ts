import type { Turn } from '../../../store/index.js';
import { fragment, type Line, spread } from '../../../text/line.js';
import { printableLine } from '../../../text/text.js';
import { counted, formatDollars, formatDuration, formatTokens, markEstimate } from '../../../text/units.js';

/** Below this width, only the number of requests and their cost are shown. */
const NARROW = 72;

/**
 * The line above the requests of a prompt: its first words, and the sums of its requests.
 * @param turn undefined until it is read; null for requests that belong to no prompt
 */
export function turnLine(turn: Turn | null | undefined, width: number): Line {
  if (turn === undefined) return [fragment('…', 'dim')];
  if (turn === null) return [fragment('outside of a prompt', 'dim')];
  const { prompt, requests, sideCalls, inputTokens, costUsd, durationMs, estimatedRequests } = turn;
  const words = prompt === null ? 'a prompt' : `“${printableLine(prompt)}”`;
  const cost = markEstimate(formatDollars(costUsd), estimatedRequests > 0);
  const isNarrow = width < NARROW;
  const others = sideCalls === 0 ? '' : ` + ${isNarrow ? `${sideCalls} side` : counted(sideCalls, 'side call')}`;
  const figures = isNarrow
    ? `${requests - sideCalls} req${others}  ${cost}`
    : `${counted(requests - sideCalls, 'request')}${others}  ${formatTokens(inputTokens)}  ${cost}  ${formatDuration(durationMs)}`;
  return spread([fragment(words, 'heading')], [fragment(figures, 'dim')], width);
}
