import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align } from '../../src/history/align.js';

const keys = (from: number, count: number) => Array.from({ length: count }, (_, index) => String(from + index));

/** The length of the longest common subsequence, by the textbook table. */
function longest(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const key of a) {
    const next = [0];
    for (const [at, other] of b.entries()) {
      next.push(key === other ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe('align', () => {
  const few = fc.array(fc.constantFrom(...'abcde'), { maxLength: 30 });

  it('pairs equal keys, ascending on both sides', () => {
    fc.assert(
      fc.property(few, few, (before, after) => {
        const pairs = align(before, after);
        for (const [index, [b, a]] of pairs.entries()) {
          expect(before[b]).toBe(after[a]);
          const [lastB, lastA] = pairs[index - 1] ?? [-1, -1];
          expect(b > lastB && a > lastA).toBe(true);
        }
      }),
    );
  });

  it('finds the most pairs where no key repeats', () => {
    const distinct = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String), { maxLength: 30 });
    fc.assert(
      fc.property(distinct, distinct, (before, after) => {
        expect(align(before, after)).toHaveLength(longest(before, after));
      }),
    );
  });

  it('aligns lists of 5,000 that are reversed or share nothing', () => {
    const before = keys(0, 5_000);
    expect(align(before, before.toReversed())).toHaveLength(1);
    expect(align(before, keys(10_000, 5_000))).toEqual([]);
    expect(align(new Array<string>(5_000).fill('same'), ['x', ...new Array<string>(5_000).fill('same')])).toHaveLength(
      5_000,
    );
  });
});
