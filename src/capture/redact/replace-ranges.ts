import type { Found } from './pattern-automaton.js';

/** Replaces each range by its label. @param ranges in order, without overlaps */
export function replaceRanges(content: Buffer, ranges: readonly Found[]): Buffer {
  const pieces: Buffer[] = [];
  let pos = 0;
  for (const { start, end, label } of ranges) {
    pieces.push(content.subarray(pos, start), Buffer.from(label));
    pos = end;
  }
  pieces.push(content.subarray(pos));
  return Buffer.concat(pieces);
}
