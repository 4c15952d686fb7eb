import type { Compaction, ContextPoint } from '../history/context-growth.js';
import { describeCacheMiss } from './cache-miss.js';
import { formatDollars, formatKnownTokens, formatTokens } from './units.js';

/** `152.1k`, `~12.3k` where nothing was billed. */
export function formatContextTokens({ tokens, known }: Pick<ContextPoint, 'tokens' | 'known'>): string {
  return formatKnownTokens(tokens, known === 'estimated');
}

/** What happened before a request: a compaction, a cache miss. */
export function describeContextEvents({ tokens, known, compaction, cacheMiss }: ContextPoint): string[] {
  return [
    ...(compaction === null ? [] : [describeCompaction(compaction, formatContextTokens({ tokens, known }))]),
    ...(cacheMiss === null ? [] : [`cache missed: ${describeCacheMiss(cacheMiss)}`]),
  ];
}

function describeCompaction({ tokensBefore, costUsd }: Compaction, after: string): string {
  const size = tokensBefore === null ? `to ${after}` : `from ${formatTokens(tokensBefore)} to ${after}`;
  const price = costUsd === null ? '' : `, the summary cost ${formatDollars(costUsd)}`;
  return `compacted ${size} tokens${price}`;
}
