import type { Known } from '../../model/segment.js';
import type { Calibration } from './calibration.js';
import type { Measured } from './token-factors.js';
import { kindOf } from './token-kind.js';
import { isOverhead, type WeighedPiece } from './weigh.js';

/** A piece as bills see it. */
export interface Member extends Measured {
  /** The same content of the same kind in another request of the thread has the same key. */
  key: string;
}

/** Pieces whose tokens are known together. */
export interface TokenGroup {
  members: readonly Member[];
  /** Billed tokens of all members, a whole number. */
  total: number;
  /** Standard deviation of `total`: 0 when a bill says it. */
  slack: number;
  known: Known;
}

/** A total that is off by more than this share once in twenty times (two standard deviations) is a guess, not a fact. */
const PINNED = 0.01;
/** How far the estimate of a part of a group may be off: what is left of a group that lost members. */
const PART_SPREAD = 0.2;

/** How what a bill pins is known: alone, or with others. */
export function knownTogether(members: number, total: number, slack: number): Known {
  if (!isPinned(total, slack)) return 'scaled';
  return members === 1 ? 'exact' : 'shared';
}

function isPinned(total: number, slack: number): boolean {
  return 2 * slack <= PINNED * total;
}

/**
 * What bills count of a request: all but what the model does not read. Repeated content is told apart by its number;
 * `seen` counts on from the pieces before these.
 */
export function membersOf(pieces: readonly WeighedPiece[], seen: Map<string, number> = new Map()): (Member | null)[] {
  const hasTools = pieces.some(({ role, unread }) => role === 'tools' && unread === null);
  const weighs = pieces.some(({ estimatedTokens }) => estimatedTokens > 0);
  return pieces.map((piece) => {
    if (piece.unread !== null || (isOverhead(piece) && weighs && !hasTools)) return null;
    const kind = kindOf(piece);
    const content = `${kind} ${piece.hash}`;
    const count = seen.get(content) ?? 0;
    seen.set(content, count + 1);
    const { foreign, dense, start } = piece;
    const estimate = isOverhead(piece) ? Number(hasTools) : piece.estimatedTokens;
    return { key: `${content} ${count}`, kind, estimate, foreign, dense, opens: start === 0 };
  });
}

export function expected(members: readonly Member[], calibration: Calibration): number {
  return members.reduce((sum, member) => sum + calibration.expect(member), 0);
}

/** What is left of a group in a request that holds only some of its members; null when it holds none. */
export function restrict(
  group: TokenGroup,
  isPresent: (member: Member) => boolean,
  calibration: Calibration,
): TokenGroup | null {
  const members = group.members.filter(isPresent);
  if (members.length === 0) return null;
  if (members.length === group.members.length) return group;
  const whole = expected(group.members, calibration);
  const part = expected(members, calibration);
  const total = whole === 0 ? 0 : Math.round((group.total * part) / whole);
  // The smaller side of the cut is the one whose size has to be guessed.
  const slack = Math.hypot(group.slack, PART_SPREAD * Math.min(part, whole - part));
  return { members, total, slack, known: isPinned(total, slack) ? group.known : 'scaled' };
}
