import { align } from './align.js';
import type { SegmentWithText } from './segments.js';

/** One difference between two requests. */
export interface SegmentChange {
  kind: 'added' | 'removed' | 'changed';
  /** New after everything that both contain, as each turn of a conversation adds. All other changes are before the end. */
  atEnd: boolean;
  /** Null when added. */
  before: SegmentWithText | null;
  /** Null when removed. */
  after: SegmentWithText | null;
}

/**
 * What changed from one request to another, in their order. Segments with the same content are the same. Between those, a removed
 * segment and a new one of the same source and part are one changed segment.
 */
export function diffSegments(from: readonly SegmentWithText[], to: readonly SegmentWithText[]): SegmentChange[] {
  const [before, after] = [from.filter(isCompared), to.filter(isCompared)];
  const same = align(before.map(hashOf), after.map(hashOf));
  const gaps: SegmentChange[][] = [];
  let [b, a] = [0, 0];
  for (const [nextB, nextA] of same) {
    gaps.push(diffGap(before.slice(b, nextB), after.slice(a, nextA)));
    [b, a] = [nextB + 1, nextA + 1];
  }
  const last = diffGap(before.slice(b), after.slice(a));
  const end = last.findLastIndex(({ kind }) => kind !== 'added');
  return [...gaps.flat(), ...last.map((change, index) => ({ ...change, atEnd: index > end }))];
}

/**
 * Overhead that the API adds is a segment only where bills prove it, so its absence is no change. The billing header, which the API
 * strips, differs in every request.
 */
function isCompared({ segment }: SegmentWithText): boolean {
  return segment.part !== 'overhead' && segment.unread !== 'stripped';
}

function hashOf({ segment }: SegmentWithText): string {
  return segment.hash;
}

/** The changes between two segments that both contain. Removed segments come first. */
function diffGap(removed: readonly SegmentWithText[], added: readonly SegmentWithText[]): SegmentChange[] {
  /** In reverse order, so that `pop` takes the first. */
  const olds = new Map<string, SegmentWithText[]>();
  for (const old of removed.toReversed()) {
    const same = olds.get(keyOf(old));
    if (same) same.push(old);
    else olds.set(keyOf(old), [old]);
  }
  const paired = new Set<SegmentWithText>();
  const rest = added.map((after): SegmentChange => {
    const before = olds.get(keyOf(after))?.pop() ?? null;
    if (before !== null) paired.add(before);
    return { kind: before === null ? 'added' : 'changed', atEnd: false, before, after };
  });
  const gone = removed.filter((old) => !paired.has(old));
  return [...gone.map((before): SegmentChange => ({ kind: 'removed', atEnd: false, before, after: null })), ...rest];
}

function keyOf({ segment: { source, part, detail } }: SegmentWithText): string {
  return JSON.stringify([source, part, part === 'definition' ? detail : null]);
}

/** The changes of one source in tokens and in cost (negative: less). */
export interface SourceChange {
  source: string;
  /** Added before the end. */
  addedTokens: number;
  removedTokens: number;
  /** Growth of changed segments. */
  changedTokens: number;
  /** Added at the end. */
  endTokens: number;
  /** Null without a price. */
  costUsd: number | null;
}

/** The largest first. */
export function sumBySource(changes: readonly SegmentChange[]): SourceChange[] {
  const sums = new Map<string, SourceChange>();
  for (const { kind, atEnd, before, after } of changes) {
    const source = (after ?? before)?.segment.source ?? 'unknown';
    const sum = sums.get(source) ?? {
      source,
      addedTokens: 0,
      removedTokens: 0,
      changedTokens: 0,
      endTokens: 0,
      costUsd: 0,
    };
    sums.set(source, sum);
    const grown = (after?.segment.tokens ?? 0) - (before?.segment.tokens ?? 0);
    if (atEnd) sum.endTokens += grown;
    else if (kind === 'added') sum.addedTokens += grown;
    else if (kind === 'removed') sum.removedTokens -= grown;
    else sum.changedTokens += grown;
    for (const [side, sign] of [
      [after, 1],
      [before, -1],
    ] as const) {
      if (side !== null) sum.costUsd = addCost(sum.costUsd, side.segment.costUsd, sign);
    }
  }
  return [...sums.values()].sort((a, b) => weightOf(b) - weightOf(a));
}

function addCost(sum: number | null, cost: number | null, sign: 1 | -1): number | null {
  return sum === null || cost === null ? null : sum + sign * cost;
}

function weightOf({ addedTokens, removedTokens, changedTokens, endTokens }: SourceChange): number {
  return addedTokens + removedTokens + Math.abs(changedTokens) + endTokens;
}
