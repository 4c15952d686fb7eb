import type { Known } from '../../model/segment.js';
import { apportion } from './apportion.js';
import type { Calibration } from './calibration.js';
import { splitByMeasurements } from './split-by-measurements.js';
import { expected, knownTogether, type Member, restrict, type TokenGroup } from './token-group.js';

/** A bill shared out among the members of a request. */
export interface Settlement {
  /** Whole tokens of each member, in order; they sum to the bill. */
  tokens: number[];
  known: Known[];
  /** Inherited by the next request of the thread. */
  groups: TokenGroup[];
}

/** Groups that are known before a bill. */
export interface Inherited {
  /** Groups whose totals sum exactly to an earlier bill of the thread, even where each is uncertain. */
  billed: readonly TokenGroup[];
  /** Groups that were not part of it: its answer, and count_tokens results. */
  others: readonly TokenGroup[];
}

/** Standard deviation of the expected tokens of new members: a share, and a number of tokens. */
const FRESH_SPREAD = 0.2;
const FRESH_TOKENS = 10;
/** A bill that leaves less than this share of the expected tokens for new members contradicts what was inherited. */
const MIN_LEFT = 0.25;
const LEEWAY_TOKENS = 20;
const MAX_LEFT = 5;
const EXTRA_TOKENS = 200;
/** Relative standard deviation of inherited figures that a bill has contradicted. */
const DOUBTED_SPREAD = 0.2;

/**
 * Shares a bill out among the members of a request. Totals from earlier bills of the thread are inherited; the new members
 * share exactly the rest. Where groups have lost members, the lost part is an estimate: then new and inherited totals are
 * adjusted to the bill in proportion to their uncertainty.
 */
export function settle(
  members: readonly Member[],
  bill: number,
  inherited: Inherited,
  calibration: Calibration,
): Settlement {
  const groups = balance(members, bill, inherited, calibration).flatMap((group) =>
    splitByMeasurements(group, calibration),
  );
  const tokens = new Map<string, number>();
  const known = new Map<string, Known>();
  for (const group of groups) {
    const shares = apportion(
      group.members.map((member) => weightOf(member, calibration)),
      group.total,
    );
    for (const [index, { key }] of group.members.entries()) {
      tokens.set(key, shares[index] ?? 0);
      known.set(key, group.known);
    }
  }
  return {
    tokens: members.map(({ key }) => tokens.get(key) ?? 0),
    known: members.map(({ key }) => known.get(key) ?? 'scaled'),
    groups,
  };
}

/**
 * Whether a bill agrees with the inherited groups: it must leave enough for the new members. It may leave any amount more,
 * since estimates of unusual text are sometimes far too low.
 */
export function agrees(
  members: readonly Member[],
  bill: number,
  inherited: Inherited,
  calibration: Calibration,
): boolean {
  return isEnough(matchGroups(members, inherited, calibration), bill, calibration);
}

function balance(
  members: readonly Member[],
  bill: number,
  inherited: Inherited,
  calibration: Calibration,
): TokenGroup[] {
  const matched = matchGroups(members, inherited, calibration);
  if (matched.kept.length === 0) return [{ members: matched.fresh, total: bill, slack: 0, known: 'scaled' }];
  const { kept, fresh, slack } = isEnough(matched, bill, calibration) ? matched : doubted(matched);

  const size = expected(fresh, calibration);
  const freshVariance = fresh.length === 0 ? 0 : (FRESH_SPREAD * size + FRESH_TOKENS) ** 2;
  const bothVariances = Math.max(1e-9, freshVariance + slack ** 2);
  const residual = bill - total(kept) - size;
  const certain = slack === 0 && fresh.length > 0;
  const totals = certain
    ? [...kept.map((group) => group.total), bill - total(kept)]
    : apportion(
        [
          ...adjusted(kept, (residual * slack ** 2) / bothVariances),
          ...(fresh.length === 0 ? [] : [Math.max(0, size + (residual * freshVariance) / bothVariances)]),
        ],
        bill,
      );

  const settled = kept.map((group, index) => ({ ...group, total: totals[index] ?? 0 }));
  if (fresh.length === 0) return settled;
  const freshTotal = totals.at(-1) ?? 0;
  const freshSlack = Math.sqrt((freshVariance * slack ** 2) / bothVariances);
  // Impossibly many tokens: something was billed that is not in the request.
  const known =
    freshTotal > MAX_LEFT * size + EXTRA_TOKENS ? 'scaled' : knownTogether(fresh.length, freshTotal, freshSlack);
  return [...settled, { members: fresh, total: freshTotal, slack: freshSlack, known }];
}

/** The inherited groups that are still in the request, and the members that are in none of them. */
interface MatchedGroups {
  kept: TokenGroup[];
  fresh: Member[];
  /** Standard deviation of the sum of the kept totals. */
  slack: number;
}

function matchGroups(
  members: readonly Member[],
  { billed, others }: Inherited,
  calibration: Calibration,
): MatchedGroups {
  const free = new Set(members.map(({ key }) => key));
  const kept: TokenGroup[] = [];
  const slacks: number[] = [];
  const take = (group: TokenGroup): TokenGroup | null => {
    const rest = restrict(group, ({ key }) => free.has(key), calibration);
    for (const { key } of rest?.members ?? []) free.delete(key);
    if (rest !== null) kept.push(rest);
    return rest;
  };
  for (const group of billed) {
    const rest = take(group);
    // The sum of an earlier bill is exact, whatever its groups: only a lost part is an estimate.
    if (rest !== group) slacks.push(rest?.slack ?? group.slack);
  }
  for (const group of others) slacks.push(take(group)?.slack ?? 0);
  return { kept, fresh: members.filter(({ key }) => free.has(key)), slack: Math.hypot(...slacks) };
}

function isEnough({ kept, fresh, slack }: MatchedGroups, bill: number, calibration: Calibration): boolean {
  const left = bill - total(kept);
  if (fresh.length === 0) return Math.abs(left) <= Math.max(1, 2 * slack);
  const least = Math.max(fresh.length, MIN_LEFT * expected(fresh, calibration) - LEEWAY_TOKENS);
  return left >= least - 2 * slack;
}

function doubted({ kept, fresh, slack }: MatchedGroups): MatchedGroups {
  const groups = kept.map((group): TokenGroup => {
    return { ...group, slack: Math.max(group.slack, DOUBTED_SPREAD * group.total), known: 'scaled' };
  });
  return { kept: groups, fresh, slack: Math.max(slack, DOUBTED_SPREAD * total(kept)) };
}

/** Totals after a common adjustment: the more uncertain a group, the larger its share of it. */
function adjusted(groups: readonly TokenGroup[], by: number): number[] {
  const variance = groups.reduce((sum, { slack }) => sum + slack ** 2, 0);
  return groups.map((group) => {
    const share = variance === 0 ? group.total / Math.max(1, total(groups)) : group.slack ** 2 / variance;
    return Math.max(0, group.total + by * share);
  });
}

/** Members without estimated tokens get some only when all members have none; then the overhead comes first. */
function weightOf(member: Member, calibration: Calibration): number {
  return Math.max(calibration.expect(member), member.kind === 'overhead' ? 1e-9 : 0);
}

function total(groups: readonly TokenGroup[]): number {
  return groups.reduce((sum, group) => sum + group.total, 0);
}
