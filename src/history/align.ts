/** Positions of the same thing in two lists. */
export type Pair = readonly [before: number, after: number];

/**
 * Aligns two lists by their keys: pairs that ascend on both sides. If no key repeats, there are as many pairs as possible;
 * repeated keys are paired in their order. O(n log n).
 */
export function align(before: readonly string[], after: readonly string[]): Pair[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < shorter - start && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;

  const head = Array.from({ length: start }, (_, index): Pair => [index, index]);
  const middle = longestAscending(
    pairsOf(before.slice(start, before.length - same), after.slice(start, after.length - same)),
  ).map(([b, a]): Pair => [b + start, a + start]);
  const tail = Array.from(
    { length: same },
    (_, index): Pair => [before.length - same + index, after.length - same + index],
  );
  return [...head, ...middle, ...tail];
}

/** Pairs the first occurrence of a key with the first on the other side, and so on, in the order of `before`. */
function pairsOf(before: readonly string[], after: readonly string[]): Pair[] {
  const places = new Map<string, number[]>();
  for (const [index, key] of after.entries()) {
    const known = places.get(key);
    if (known) known.push(index);
    else places.set(key, [index]);
  }
  const used = new Map<string, number>();
  return before.flatMap((key, index): Pair[] => {
    const turn = used.get(key) ?? 0;
    used.set(key, turn + 1);
    const place = places.get(key)?.[turn];
    return place === undefined ? [] : [[index, place]];
  });
}

/** The longest subsequence whose second positions ascend: patience sorting. */
function longestAscending(pairs: readonly Pair[]): Pair[] {
  /** For each length, the pair with the smallest end of such a subsequence, with its predecessor. */
  const ends: Link[] = [];
  for (const pair of pairs) {
    const at = firstAtOrAfter(ends, pair[1]);
    ends[at] = { pair, before: ends[at - 1] };
  }
  const longest: Pair[] = [];
  for (let link = ends.at(-1); link !== undefined; link = link.before) longest.push(link.pair);
  return longest.reverse();
}

interface Link {
  pair: Pair;
  before: Link | undefined;
}

function firstAtOrAfter(ends: readonly Link[], place: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const end = ends[middle];
    if (end !== undefined && end.pair[1] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
