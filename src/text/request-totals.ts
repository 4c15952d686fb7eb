import { counted, formatDollars, formatPercent, formatTokens, markEstimate } from './units.js';

/** What requests add up to. Figures that are left out are not shown. */
export interface RequestFigures {
  requests: number;
  failed?: number | null;
  aborted?: number | null;
  inputTokens: number;
  /** Part of the input. */
  cachedTokens?: number | null;
  outputTokens?: number | null;
  /** Null without a known price, or if none was billed. */
  costUsd?: number | null;
  /** Output and cost contain estimates. */
  isEstimate?: boolean;
}

interface Wording {
  /** What is counted. */
  what?: 'request' | 'use';
  /** For narrow places: `1.2M in`. */
  isShort?: boolean;
}

/** `12 requests (1 failed)`, `182.3k tokens in (93 % cached)`, `4.1k out`, `$0.41`: all sentences with totals begin with these. */
export function describeFigures(
  figures: RequestFigures,
  { what = 'request', isShort = false }: Wording = {},
): string[] {
  const { requests, inputTokens: input, cachedTokens: cached, outputTokens: output, costUsd, isEstimate } = figures;
  const isMarked = isEstimate ?? false;
  const parts = [
    `${counted(requests, what)}${describeBadEnds(figures)}`,
    `${formatTokens(input)}${isShort ? '' : ' tokens'} in${describeCached(input, cached ?? null)}`,
  ];
  if (typeof output === 'number') parts.push(`${markEstimate(formatTokens(output), isMarked)} out`);
  const isBilled = input > 0 || (output ?? 0) > 0;
  if (costUsd === null && isBilled) parts.push('at an unknown price');
  else if (typeof costUsd === 'number') parts.push(markEstimate(formatDollars(costUsd), isMarked));
  return parts;
}

function describeBadEnds({ failed, aborted }: RequestFigures): string {
  const ends = [...(failed ? [`${failed} failed`] : []), ...(aborted ? [`${aborted} aborted`] : [])];
  return ends.length === 0 ? '' : ` (${ends.join(', ')})`;
}

function describeCached(input: number, cached: number | null): string {
  return cached === null || input === 0 ? '' : ` (${formatPercent(cached / input)} cached)`;
}
