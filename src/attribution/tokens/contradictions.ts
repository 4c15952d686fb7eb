import type { Calibration } from './calibration.js';
import { expected, joined, type Member, type TokenGroup } from './token-group.js';
import type { TokenKind } from './token-kind.js';

/** A total and the measurements of all its members may differ by this share and these tokens. */
const MAX_DIFFERENCE = 0.02;
const MAX_TOKENS = 12;
/** A total may have these tokens more for each block of a message: framing around messages, which no measurement has. */
const MESSAGE_TOKENS = 6;
const OUTSIDE_MESSAGES: ReadonlySet<TokenKind> = new Set(['definition', 'system', 'overhead']);
/** The rest for unmeasured members must be between these shares of their expected tokens, with some leeway. */
const MIN_LEFT = 0.25;
const MAX_LEFT = 4;
const LEEWAY_TOKENS = 20;
/** Maximum tokens of a secret in one member: a private key. The text that replaces it has fewer. */
const SECRET_TOKENS = 3_000;
/** Kinds whose tokens may be any number: their content is not in the request as text, or is added by the API. */
const UNLIMITED_KINDS: ReadonlySet<TokenKind> = new Set(['thinking', 'image', 'document', 'overhead']);
/** All measured members together are never further from their expected tokens than by this factor and these tokens. */
const MAX_FACTOR = 5;
const FEW_TOKENS = 20;
/** Relative standard deviation of what several uncertain groups have together: the others leave it of the bill. */
const SUM_SLACK = 0.05;

export interface MeasuredMember {
  member: Member;
  tokens: number;
  known: 'exact' | 'shared';
}

export function measuredIn(members: readonly Member[], calibration: Calibration): MeasuredMember[] {
  return members.flatMap((member) => {
    const measurement = calibration.measured(member);
    return measurement === null ? [] : [{ member, ...measurement }];
  });
}

/** A calibration without the measurements, if they are contradicted. */
export function believed(calibration: Calibration, groups: readonly TokenGroup[]): Calibration {
  return areContradicted(groups, calibration) ? calibration.withoutMeasurements() : calibration;
}

/**
 * Whether the measurements of a request cannot be true, so that none of them is used: those of most of its measured tokens contradict
 * the totals of their groups, or all together are far from what is expected. One group may contradict right measurements: the output
 * of an answer can have hidden content, for which the next group then has too few tokens.
 *
 * @param groups the groups of the request, divided without measurements
 */
export function areContradicted(groups: readonly TokenGroup[], calibration: Calibration): boolean {
  if (!calibration.hasMeasurements) return false;
  const uncertain = joined(groups.filter(({ slack }) => slack > 0));
  const isSumContradicted = contradicts({ ...uncertain, slack: SUM_SLACK * uncertain.total }, calibration);
  let [right, wrong, tokens] = [0, 0, 0];
  for (const group of groups) {
    const measured = measuredIn(group.members, calibration);
    const members = measured.map(({ member }) => member);
    const size = expected(members, calibration.withoutMeasurements());
    if (contradicts(group, calibration) || (group.slack > 0 && isSumContradicted)) wrong += size;
    else right += size;
    tokens += sumOf(measured);
  }
  const size = right + wrong;
  const isFar = tokens > MAX_FACTOR * (size + FEW_TOKENS) || tokens < size / MAX_FACTOR - FEW_TOKENS;
  return isFar || wrong > right || contradicts(joined(groups), calibration);
}

/** Whether the measurements of a group's members cannot be true together with its total. */
export function contradicts(group: TokenGroup, calibration: Calibration): boolean {
  const measured = measuredIn(group.members, calibration);
  if (measured.length === 0) return false;
  const [least, most] = restOf(group, calibration);
  const left = group.total - sumOf(measured);
  const [missing, more] = leewayOf(measured);
  return left < least - missing - 2 * group.slack || left > most + more + 2 * group.slack;
}

/** The range of the tokens that the unmeasured members of a group can have. */
function restOf({ members }: TokenGroup, calibration: Calibration): [least: number, most: number] {
  const rest = members.filter((member) => calibration.measured(member) === null);
  if (rest.length === 0) return [0, 0];
  const limited = rest.filter(({ kind }) => !UNLIMITED_KINDS.has(kind));
  const size = expected(limited, calibration);
  const most = limited.length < rest.length ? Number.POSITIVE_INFINITY : MAX_LEFT * size + SECRET_TOKENS * rest.length;
  return [Math.max(0, MIN_LEFT * size - LEEWAY_TOKENS), most];
}

/** Whether a total is that of these measurements. */
export function isNear(total: number, measured: readonly MeasuredMember[]): boolean {
  const [missing, more] = leewayOf(measured);
  const left = total - sumOf(measured);
  return left >= -missing && left <= more;
}

/** How many tokens a total may have less or more than the measurements of all its members. */
function leewayOf(measured: readonly MeasuredMember[]): [missing: number, more: number] {
  const leeway = MAX_TOKENS + MAX_DIFFERENCE * sumOf(measured);
  const blocks = measured.filter(({ member: { kind, opens } }) => opens && !OUTSIDE_MESSAGES.has(kind));
  return [leeway, leeway + MESSAGE_TOKENS * blocks.length];
}

function sumOf(measured: readonly MeasuredMember[]): number {
  return measured.reduce((sum, { tokens }) => sum + tokens, 0);
}
