import { align } from './align.js';
import type { SegmentWithText } from './segments.js';

/** One difference between two requests. */
export interface SegmentChange {
  kind: 'added' | 'removed' | 'changed';
  /** New after everything that both hold: what a conversation gains with each turn. All else changes what stood before. */
  atEnd: boolean;
  /** Null when added. */
  before: SegmentWithText | null;
  /** Null when removed. */
  after: SegmentWithText | null;
}

/**
 * What changed from one request to another, in their order. Segments are the same when their content is; between the same
 * ones, a segment that is gone and a new one of the same source and part are one that changed.
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
 * What the API adds by itself is a segment where bills prove it, and no change where they do not. What it takes out before
 * anything is read, the billing header, is another one in every request.
 */
function isCompared({ segment }: SegmentWithText): boolean {
  return segment.part !== 'overhead' && segment.unread !== 'stripped';
}

function hashOf({ segment }: SegmentWithText): string {
  return segment.hash;
}

/** Between two segments that both hold, nothing is the same. What was removed comes first. */
function diffGap(removed: readonly SegmentWithText[], added: readonly SegmentWithText[]): SegmentChange[] {
  /** The last of each kin first, so that the first is the one to be popped. */
  const olds = new Map<string, SegmentWithText[]>();
  for (const old of removed.toReversed()) {
    const kin = olds.get(kinOf(old));
    if (kin) kin.push(old);
    else olds.set(kinOf(old), [old]);
  }
  const paired = new Set<SegmentWithText>();
  const rest = added.map((after): SegmentChange => {
    const before = olds.get(kinOf(after))?.pop() ?? null;
    if (before !== null) paired.add(before);
    return { kind: before === null ? 'added' : 'changed', atEnd: false, before, after };
  });
  const gone = removed.filter((old) => !paired.has(old));
  return [...gone.map((before): SegmentChange => ({ kind: 'removed', atEnd: false, before, after: null })), ...rest];
}

function kinOf({ segment: { source, part, detail } }: SegmentWithText): string {
  return JSON.stringify([source, part, part === 'definition' ? detail : null]);
}

/** The changes of one source, in tokens, and what they add to the cost (negative: less). */
export interface SourceChange {
  source: string;
  /** Before the end. */
  addedTokens: number;
  removedTokens: number;
  /** By how much changed segments grew. */
  changedTokens: number;
  /** New at the end. */
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
