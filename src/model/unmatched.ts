import type { Part } from './segment.js';
import type { Source } from './source.js';

/** What stands where only the harness writes, and no row of the rules table knows. Rows give this source other parts. */
export const UNMATCHED = { source: 'framework:reminder', part: 'text' } as const satisfies {
  source: Source;
  part: Part;
};

/** Whether no rule knew the text of a segment or a share: its source is a place's, not its own. */
export function isUnmatched({ source, part }: { source: string; part: string }): boolean {
  return source === 'unknown' || (source === UNMATCHED.source && part === UNMATCHED.part);
}
