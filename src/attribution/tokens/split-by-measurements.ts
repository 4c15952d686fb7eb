import { apportion } from './apportion.js';
import type { Calibration } from './calibration.js';
import { contradicts, isNear, type MeasuredMember, measuredIn } from './contradictions.js';
import { expected, knownTogether, type Member, type TokenGroup } from './token-group.js';

/** A rest of more than these times its expected tokens, and these tokens for each member, was divided wrongly. */
const MAX_LEFT = 4;
const MAX_TOKENS = 60;
/** Standard deviation of a measurement: texts are cut where the API does not cut them. */
const MEASUREMENT_SLACK = 0.7;
/** A total counts as known if its slack is only that of rounding. */
const ROUNDING_SLACK = 1;

/**
 * Splits a group whose members were measured: each measured member becomes a group of its own, and the others share the rest of
 * the total. A group whose total contradicts the measurements stays as it is.
 */
export function splitByMeasurements(group: TokenGroup, calibration: Calibration): TokenGroup[] {
  const measured = measuredIn(group.members, calibration);
  if (measured.length === 0 || contradicts(group, calibration)) return [group];
  const sum = measured.reduce((all, { tokens }) => all + tokens, 0);
  const found = new Set(measured.map(({ member }) => member));
  const rest = group.members.filter((member) => !found.has(member));
  if (rest.length > 0) return withRest(group, measured, rest, group.total - sum, calibration);

  const isMeasured = isNear(group.total, measured);
  const totals = apportion(
    measured.map(({ tokens }) => tokens),
    group.total,
  );
  return measured.map(({ member, tokens, known }, index) => {
    const slack = group.slack * Math.sqrt(tokens / Math.max(1, sum));
    // An uncertain total that differs from the measurements gives its members other tokens than those that were measured.
    return { members: [member], total: totals[index] ?? 0, slack, known: isMeasured ? known : 'scaled' };
  });
}

function withRest(
  group: TokenGroup,
  measured: readonly MeasuredMember[],
  rest: readonly Member[],
  left: number,
  calibration: Calibration,
): TokenGroup[] {
  if (left < 0) return [group];
  const slack = Math.hypot(group.slack, MEASUREMENT_SLACK * Math.sqrt(measured.length));
  const together = knownTogether(rest.length, left, slack <= ROUNDING_SLACK ? 0 : slack);
  // Members that came together stay divided by estimate, as they were.
  const known = rest.length > 1 && group.known === 'scaled' ? 'scaled' : together;
  const impossible = left > MAX_LEFT * expected(rest, calibration) + MAX_TOKENS * group.members.length;
  return [
    ...measured.map(({ member, tokens, known: how }): TokenGroup => {
      return { members: [member], total: tokens, slack: 0, known: how };
    }),
    { members: rest, total: left, slack, known: impossible ? 'scaled' : known },
  ];
}
