import type { Part } from './segment.js';
import type { Source } from './source.js';

/** Text that only Claude Code writes and that matches no rule. Rules give this source other parts. */
export const UNMATCHED = { source: 'framework:reminder', part: 'text' } as const satisfies {
  source: Source;
  part: Part;
};

/** The amount that matches no rule. */
export interface Unmatched {
  tokens: number;
  /** Tokens of all. */
  total: number;
  /** 0 to 1; 0 when there are no tokens. */
  share: number;
}

/** Whether no rule matched the text: its source is a guess by its place, or `unknown`. */
export function isUnmatched({ source, part }: { source: Source; part: Part }): boolean {
  return source === 'unknown' || (source === UNMATCHED.source && part === UNMATCHED.part);
}

export function unmatchedIn(pieces: readonly { source: Source; part: Part; tokens: number }[]): Unmatched {
  const sum = (some: typeof pieces) => some.reduce((tokens, piece) => tokens + piece.tokens, 0);
  const tokens = sum(pieces.filter(isUnmatched));
  const total = sum(pieces);
  return { tokens, total, share: total === 0 ? 0 : tokens / total };
}
