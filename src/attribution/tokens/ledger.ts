import type { Known } from '../../model/segment.js';
import type { Calibration } from './calibration.js';
import { shareOut } from './share-out.js';
import { expected, knownTogether, type Member, restrict, type TokenGroup } from './token-group.js';

/** A request's bill, shared out. */
export interface Settlement {
  /** Whole tokens of each member, in order; they sum to the bill. */
  tokens: number[];
  known: Known[];
  /** What the next request of the thread inherits. */
  groups: TokenGroup[];
}

/** What is known before a bill. */
export interface Inherited {
  /** Groups whose totals sum to an earlier bill of the thread exactly, however little is known of each. */
  billed: readonly TokenGroup[];
  /** Groups that were not part of it: the answer to it, what count_tokens counted. */
  others: readonly TokenGroup[];
}

/** How far a figure that only estimates give may be off. */
const FRESH_SPREAD = 0.2;
const FRESH_TOKENS = 10;
/** A bill that leaves less than this for the new pieces says that something inherited is no longer so. */
const LEAST_LEFT = 0.25;
const LEEWAY_TOKENS = 20;
const MOST_LEFT = 5;
const EXTRA_TOKENS = 200;
/** How far inherited figures may be off once a bill has contradicted them. */
const DOUBTED_SPREAD = 0.2;

/**
 * Shares a bill out among the members of a request. What an earlier bill of the thread told is inherited; the new members
 * share exactly what is left. Where groups have lost members, the lost part had to be guessed: then what is left and what
 * was inherited give way to the bill in proportion to how uncertain each is.
 */
export function settle(
  members: readonly Member[],
  bill: number,
  inherited: Inherited,
  calibration: Calibration,
): Settlement {
  const groups = balance(members, bill, inherited, calibration);
  const tokens = new Map<string, number>();
  const known = new Map<string, Known>();
  for (const group of groups) {
    const shares = shareOut(
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
 * Whether a bill agrees with what was inherited: it must leave enough for the new members. It may leave any more: estimates
 * of strange text are far too low at times, and nothing in a request makes the rest of it larger.
 */
export function agrees(
  members: readonly Member[],
  bill: number,
  inherited: Inherited,
  calibration: Calibration,
): boolean {
  return isEnough(part(members, inherited, calibration), bill, calibration);
}

function balance(
  members: readonly Member[],
  bill: number,
  inherited: Inherited,
  calibration: Calibration,
): TokenGroup[] {
  const parts = part(members, inherited, calibration);
  if (parts.kept.length === 0) return [{ members: parts.fresh, total: bill, slack: 0, known: 'scaled' }];
  const { kept, fresh, slack } = isEnough(parts, bill, calibration) ? parts : doubted(parts);

  const size = expected(fresh, calibration);
  const freshVariance = fresh.length === 0 ? 0 : (FRESH_SPREAD * size + FRESH_TOKENS) ** 2;
  const bothVariances = Math.max(1e-9, freshVariance + slack ** 2);
  const residual = bill - total(kept) - size;
  const certain = slack === 0 && fresh.length > 0;
  const totals = certain
    ? [...kept.map((group) => group.total), bill - total(kept)]
    : shareOut(
        [
          ...moved(kept, (residual * slack ** 2) / bothVariances),
          ...(fresh.length === 0 ? [] : [Math.max(0, size + (residual * freshVariance) / bothVariances)]),
        ],
        bill,
      );

  const settled = kept.map((group, index) => ({ ...group, total: totals[index] ?? 0 }));
  if (fresh.length === 0) return settled;
  const freshTotal = totals.at(-1) ?? 0;
  const freshSlack = Math.sqrt((freshVariance * slack ** 2) / bothVariances);
  // Far more than can be: something was billed that is not in the request.
  const known =
    freshTotal > MOST_LEFT * size + EXTRA_TOKENS ? 'scaled' : knownTogether(fresh.length, freshTotal, freshSlack);
  return [...settled, { members: fresh, total: freshTotal, slack: freshSlack, known }];
}

/** What of the inherited groups is in the request, and the members that are in none. */
interface Parts {
  kept: TokenGroup[];
  fresh: Member[];
  /** Standard deviation of the sum of what is kept. */
  slack: number;
}

function part(members: readonly Member[], { billed, others }: Inherited, calibration: Calibration): Parts {
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
    // All of an earlier bill is exact, whatever its parts: only what is gone had to be guessed.
    if (rest !== group) slacks.push(rest?.slack ?? group.slack);
  }
  for (const group of others) slacks.push(take(group)?.slack ?? 0);
  return { kept, fresh: members.filter(({ key }) => free.has(key)), slack: Math.hypot(...slacks) };
}

function isEnough({ kept, fresh, slack }: Parts, bill: number, calibration: Calibration): boolean {
  const left = bill - total(kept);
  if (fresh.length === 0) return Math.abs(left) <= Math.max(1, 2 * slack);
  const least = Math.max(fresh.length, LEAST_LEFT * expected(fresh, calibration) - LEEWAY_TOKENS);
  return left >= least - 2 * slack;
}

function doubted({ kept, fresh, slack }: Parts): Parts {
  const groups = kept.map((group): TokenGroup => {
    return { ...group, slack: Math.max(group.slack, DOUBTED_SPREAD * group.total), known: 'scaled' };
  });
  return { kept: groups, fresh, slack: Math.max(slack, DOUBTED_SPREAD * total(kept)) };
}

/** Totals of groups that give way together: the less a group is known, the more of it. */
function moved(groups: readonly TokenGroup[], by: number): number[] {
  const variance = groups.reduce((sum, { slack }) => sum + slack ** 2, 0);
  return groups.map((group) => {
    const share = variance === 0 ? group.total / Math.max(1, total(groups)) : group.slack ** 2 / variance;
    return Math.max(0, group.total + by * share);
  });
}

/** Members that weigh nothing by estimate take a bill only when there is nothing else, the overhead first of all. */
function weightOf(member: Member, calibration: Calibration): number {
  return Math.max(calibration.expect(member), member.kind === 'overhead' ? 1e-9 : 0);
}

function total(groups: readonly TokenGroup[]): number {
  return groups.reduce((sum, group) => sum + group.total, 0);
}
