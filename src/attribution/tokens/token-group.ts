import type { Known } from '../../model/segment.js';
import type { Calibration } from './calibration.js';
import type { Measured } from './token-factors.js';
import { isOverhead, type WeighedPiece } from './weigh.js';

/** A piece that a bill counts. */
export interface Member extends Measured {
  /** Equal for the same content of the same kind in other requests of the thread. */
  key: string;
}

/** Pieces of which only the sum of the tokens is known. */
export interface TokenGroup {
  members: readonly Member[];
  /** Billed tokens of all members, a whole number. */
  total: number;
  /** Standard deviation of `total`: 0 when a bill gives it. */
  slack: number;
  known: Known;
}

/** Two standard deviations, as a share of the total, up to which a total counts as known. */
const PINNED = 0.01;
/** Relative standard deviation of the estimated part of a group that lost members. */
const PART_SPREAD = 0.2;

/** How well the tokens of each member of a group are known, from the group's size and how exact its total is. */
export function knownTogether(members: number, total: number, slack: number): Known {
  if (!isPinned(total, slack)) return 'scaled';
  return members === 1 ? 'exact' : 'shared';
}

/** The members of a group whose total is exact. */
export function together(members: readonly Member[], total: number): TokenGroup {
  return { members, total, slack: 0, known: knownTogether(members.length, total, 0) };
}

/** Groups as one. What several uncertain groups have together is exact, since the totals of all groups of a request sum to its bill. */
export function joined(groups: readonly TokenGroup[]): TokenGroup {
  const total = groups.reduce((sum, group) => sum + group.total, 0);
  return { members: groups.flatMap(({ members }) => members), total, slack: 0, known: 'scaled' };
}

function isPinned(total: number, slack: number): boolean {
  return 2 * slack <= PINNED * total;
}

/**
 * The members of a request: null for pieces that the model does not read. Repeated content has different keys.
 *
 * @param seen numbers of repetitions so far, updated
 */
export function membersOf(pieces: readonly WeighedPiece[], seen: Map<string, number> = new Map()): (Member | null)[] {
  const hasTools = pieces.some(({ role, unread }) => role === 'tools' && unread === null);
  const hasEstimates = pieces.some(({ estimatedTokens }) => estimatedTokens > 0);
  return pieces.map((piece) => {
    if (piece.unread !== null || (isOverhead(piece) && hasEstimates && !hasTools)) return null;
    const { kind, key, foreign, dense, start, hash } = piece;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    const estimate = isOverhead(piece) ? Number(hasTools) : piece.estimatedTokens;
    return { key: count === 0 ? key : `${key} ${count}`, kind, estimate, foreign, dense, opens: start === 0, hash };
  });
}

export function expected(members: readonly Member[], calibration: Calibration): number {
  return members.reduce((sum, member) => sum + calibration.expect(member), 0);
}

/** The rest of a group in a request that holds only some of its members; null when it holds none. */
export function restrict(
  group: TokenGroup,
  isPresent: (member: Member) => boolean,
  calibration: Calibration,
): TokenGroup | null {
  if (group.members.every(isPresent)) return group.members.length === 0 ? null : group;
  const members = group.members.filter(isPresent);
  if (members.length === 0) return null;
  const whole = expected(group.members, calibration);
  const part = expected(members, calibration);
  const total = whole === 0 ? 0 : Math.round((group.total * part) / whole);
  // Only the size of the smaller side has to be estimated.
  const slack = Math.hypot(group.slack, PART_SPREAD * Math.min(part, whole - part));
  return { members, total, slack, known: isPinned(total, slack) ? group.known : 'scaled' };
}
