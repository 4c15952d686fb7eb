import type { Segment, SourceShare } from '../../model/segment.js';

/** Tokens and cost by source and part, in the order in which they first appear. */
export function sharesOf(segments: readonly Segment[]): SourceShare[] {
  const shares = new Map<string, SourceShare>();
  for (const segment of segments) {
    const key = JSON.stringify([segment.source, segment.part]);
    const share = shares.get(key);
    if (share === undefined) shares.set(key, firstShare(segment));
    else {
      share.tokens += segment.tokens;
      share.costUsd = share.costUsd === null || segment.costUsd === null ? null : share.costUsd + segment.costUsd;
      share.segments += 1;
    }
  }
  return [...shares.values()];
}

function firstShare({ source, part, tokens, costUsd, path, role }: Segment): SourceShare {
  const index = /^\/messages\/(\d+)/.exec(path)?.[1];
  const messageIndex = index === undefined ? null : Number(index);
  return { source, part, tokens, costUsd, segments: 1, messageIndex, messageRole: role };
}
