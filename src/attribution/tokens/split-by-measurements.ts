import { apportion } from './apportion.js';
import type { Calibration } from './calibration.js';
import { expected, knownTogether, type Member, type TokenGroup } from './token-group.js';

/** A total that differs from the measurements by more than this share and these tokens counted something else. */
const MAX_DIFFERENCE = 0.02;
/** For framing around messages, and for tokens where two texts meet. */
const TOKENS_A_MEMBER = 6;
const MAX_TOKENS = 60;
/** The rest for unmeasured members must be within these shares of their expected tokens, with some leeway. */
const MIN_LEFT = 0.25;
const MAX_LEFT = 4;
const LEEWAY_TOKENS = 20;
/** Standard deviation of a measurement: texts are cut where the API does not cut them. */
const MEASUREMENT_SLACK = 0.7;
/** A total counts as known if its slack is only that of rounding. */
const ROUNDING_SLACK = 1;

/**
 * Splits a group whose members were measured: each measured member becomes a group of its own, and the others share the rest of
 * the total. A group whose total contradicts the measurements stays as it is.
 */
export function splitByMeasurements(group: TokenGroup, calibration: Calibration): TokenGroup[] {
  const measured = group.members.flatMap((member) => {
    const measurement = calibration.measured(member);
    return measurement === null ? [] : [{ member, ...measurement }];
  });
  if (measured.length === 0) return [group];
  const sum = measured.reduce((all, { tokens }) => all + tokens, 0);
  const found = new Set(measured.map(({ member }) => member));
  const rest = group.members.filter((member) => !found.has(member));
  if (rest.length > 0) return withRest(group, measured, rest, group.total - sum, calibration);

  const leeway = Math.min(MAX_TOKENS, TOKENS_A_MEMBER * (measured.length + 1)) + MAX_DIFFERENCE * sum;
  if (Math.abs(group.total - sum) > leeway + 2 * group.slack) return [group];
  const totals = apportion(
    measured.map(({ tokens }) => tokens),
    group.total,
  );
  return measured.map(({ member, tokens, known }, index) => {
    const slack = group.slack * Math.sqrt(tokens / Math.max(1, sum));
    return { members: [member], total: totals[index] ?? 0, slack, known };
  });
}

interface MeasuredMember {
  member: Member;
  tokens: number;
  known: 'exact' | 'shared';
}

function withRest(
  group: TokenGroup,
  measured: readonly MeasuredMember[],
  rest: readonly Member[],
  left: number,
  calibration: Calibration,
): TokenGroup[] {
  const size = expected(rest, calibration);
  const least = Math.max(0, MIN_LEFT * size - LEEWAY_TOKENS);
  // Hidden thinking and unusual text can be far larger than expected, but not far smaller.
  if (left < least - 2 * group.slack || left < 0) return [group];
  const slack = Math.hypot(group.slack, MEASUREMENT_SLACK * Math.sqrt(measured.length));
  const together = knownTogether(rest.length, left, slack <= ROUNDING_SLACK ? 0 : slack);
  // Members that came together stay divided by estimate, as they were.
  const known = rest.length > 1 && group.known === 'scaled' ? 'scaled' : together;
  const impossible = left > MAX_LEFT * size + MAX_TOKENS * group.members.length;
  return [
    ...measured.map(({ member, tokens, known: how }): TokenGroup => {
      return { members: [member], total: tokens, slack: 0, known: how };
    }),
    { members: rest, total: left, slack, known: impossible ? 'scaled' : known },
  ];
}
