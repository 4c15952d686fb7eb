import type { Segment, SourceShare } from '../../model/segment.js';
import { addedTo } from '../added-pieces.js';

/**
 * Tokens and cost by source and part, in the order in which they first appear.
 * @param before hashes of the pieces of the request before it in its thread; null where that is not known
 */
export function sharesOf(segments: readonly Segment[], before: readonly string[] | null): SourceShare[] {
  const added = before && new Set(addedTo(before, segments));
  const shares = new Map<string, SourceShare>();
  for (const segment of segments) {
    // No part has a blank in its name.
    const key = `${segment.part} ${segment.source}`;
    const newTokens = added && (added.has(segment) ? segment.tokens : 0);
    const share = shares.get(key);
    if (share === undefined) shares.set(key, firstShare(segment, newTokens));
    else {
      share.tokens += segment.tokens;
      share.newTokens = plus(share.newTokens, newTokens);
      share.costUsd = plus(share.costUsd, segment.costUsd);
      share.segments += 1;
    }
  }
  return [...shares.values()];
}

function firstShare({ source, part, tokens, costUsd, path, role }: Segment, newTokens: number | null): SourceShare {
  const index = /^\/messages\/(\d+)/.exec(path)?.[1];
  const messageIndex = index === undefined ? null : Number(index);
  return { source, part, tokens, newTokens, costUsd, segments: 1, messageIndex, messageRole: role };
}

/** Null when either is not known. */
function plus(sum: number | null, more: number | null): number | null {
  return sum === null || more === null ? null : sum + more;
}
