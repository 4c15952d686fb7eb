import type { Calibration } from './calibration.js';
import type { Inherited } from './ledger.js';
import { expected, type Member, restrict, type TokenGroup } from './token-group.js';

/** A count is not used when more than this share of it is estimated. */
const MAX_ESTIMATED = 0.05;
const MIN_LEFT = 0.25;

/**
 * Splits inherited groups by count_tokens results: a count of some members of a group gives the sum of the others, too.
 * Counts of members that are in no group become groups of their own.
 */
export function splitByCounts(
  inherited: Inherited,
  members: readonly Member[],
  counted: readonly TokenGroup[],
  calibration: Calibration,
): Inherited {
  if (counted.length === 0) return inherited;
  const present = new Set(members.map(({ key }) => key));
  return counted.reduce(({ billed, others }, count) => {
    const part = restrict(count, ({ key }) => present.has(key), calibration);
    if (part === null || part.slack > MAX_ESTIMATED * part.total) return { billed, others };
    const keys = new Set(part.members.map(({ key }) => key));
    const holds = ({ members: held }: TokenGroup) => held.some(({ key }) => keys.has(key));
    if (billed.some(holds)) return { billed: splitBy(part, keys, billed, calibration), others };
    return { billed, others: others.some(holds) ? others : [...others, part] };
  }, inherited);
}

/** Replaces one of the groups by its counted members and the rest. */
function splitBy(
  count: TokenGroup,
  keys: ReadonlySet<string>,
  groups: readonly TokenGroup[],
  calibration: Calibration,
): readonly TokenGroup[] {
  const group = heaviest(groups, keys, calibration);
  if (group === undefined) return groups;
  const held = new Set(group.members.map(({ key }) => key));
  const inside = restrict(count, ({ key }) => held.has(key), calibration);
  const rest = group.members.filter(({ key }) => !keys.has(key));
  if (inside === null || rest.length === 0 || inside.slack > MAX_ESTIMATED * inside.total) return groups;
  const total = group.total - inside.total;
  // A count that leaves too little for the rest counted something else.
  if (total < MIN_LEFT * expected(rest, calibration)) return groups;
  const slack = Math.hypot(group.slack, inside.slack);
  return groups.flatMap((each) => (each === group ? [inside, { ...group, members: rest, total, slack }] : [each]));
}

/** The group that holds the most tokens of the counted members; undefined when none holds any. */
function heaviest(
  groups: readonly TokenGroup[],
  keys: ReadonlySet<string>,
  calibration: Calibration,
): TokenGroup | undefined {
  let [found, most]: [TokenGroup | undefined, number] = [undefined, -1];
  for (const group of groups) {
    const held = group.members.filter(({ key }) => keys.has(key));
    const weight = held.length === 0 ? -1 : expected(held, calibration);
    if (weight > most) [found, most] = [group, weight];
  }
  return found;
}
