import type { Part, Segment } from '../model/segment.js';
import type { Source } from '../model/source.js';
import { UNMATCHED } from './segments/piece.js';

/** How much of a request no row of the rules table knows. */
export interface Unmatched {
  segments: number;
  tokens: number;
  /** Of all tokens, 0 to 1; 0 when there are none. */
  share: number;
}

/** Whether a source and part are those of text without a row: the harness wrote it, or nobody knows who. */
export function isUnmatched({ source, part }: { source: Source; part: Part }): boolean {
  return source === 'unknown' || (source === UNMATCHED.source && part === UNMATCHED.part);
}

export function unmatchedIn(segments: readonly Pick<Segment, 'source' | 'part' | 'tokens'>[]): Unmatched {
  const sum = { segments: 0, tokens: 0 };
  let all = 0;
  for (const segment of segments) {
    all += segment.tokens;
    if (!isUnmatched(segment)) continue;
    sum.segments += 1;
    sum.tokens += segment.tokens;
  }
  return { ...sum, share: all === 0 ? 0 : sum.tokens / all };
}
