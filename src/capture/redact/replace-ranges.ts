import type { Found } from './pattern-automaton.js';

/** The content with each range's label in its place. `ranges`: in order, none overlaps another. */
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
