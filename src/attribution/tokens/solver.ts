import type { Known, Solution } from '../../model/segment.js';
import { billedInput, type Usage } from '../../model/usage.js';
import { apportion } from './apportion.js';
import { cacheSections } from './cache-sections.js';
import type { Calibration } from './calibration.js';
import { areContradicted, believed } from './contradictions.js';
import { agrees, type Inherited, settle } from './ledger.js';
import { splitByCounts } from './split-by-counts.js';
import { splitByMeasurements } from './split-by-measurements.js';
import { expected, joined, type Member, membersOf, type TokenGroup, together } from './token-group.js';
import type { WeighedPiece } from './weigh.js';

/** What is known from the bills of a thread so far. */
export interface ThreadTokens {
  groups: readonly TokenGroup[];
  /** The last answer: its billed `output_tokens` are input from now on. Null without an answer. */
  answer: TokenGroup | null;
  /** Keys of earlier thinking that the API leaves out, as older models do. */
  dropped: ReadonlySet<string>;
  /** The same without measurements, where measurements were used. */
  unmeasured?: ThreadTokens | undefined;
}

export const NOTHING_KNOWN: ThreadTokens = { groups: [], answer: null, dropped: new Set() };

/** An answer's output differs from its input tokens by a greater factor, or more tokens, only when it has hidden content. */
const MAX_RATIO = 1.6;
const FEW_TOKENS = 30;

/** A hypothesis about what a bill counted. */
interface Explanation {
  dropped: ReadonlySet<string>;
  /** One member for each piece; null for pieces that were not read by this explanation. */
  members: (Member | null)[];
  /** Members that were read. */
  present: Member[];
  inherited: Inherited;
}

/** An answer as the next request will hold it, and its billed tokens. */
export interface BilledAnswer {
  pieces: readonly WeighedPiece[];
  tokens: number;
}

interface BilledRequest {
  pieces: readonly WeighedPiece[];
  usage: Usage;
  /** Parsed request JSON: it has the cache marks. */
  body: unknown;
  /** Indexes of pieces that the API reported as cleared. */
  cleared: ReadonlySet<number>;
  answer: BilledAnswer;
  /** What is known of its thread; for a request that starts one, of a thread with the same content. */
  before: ThreadTokens;
  startsThread: boolean;
  /** count_tokens results of the session. */
  counted: readonly TokenGroup[];
}

export interface Solved {
  solution: Solution;
  after: ThreadTokens;
  /** Its measurements contradict its bills and were not used. */
  isContradicted: boolean;
}

/**
 * Solves a billed request: the tokens of its pieces, from earlier bills and from what this one leaves for the new pieces. It is also
 * solved without measurements: these figures are used if the measurements contradict them. `calibration` learns from the request.
 */
export function solve(request: BilledRequest, calibration: Calibration): Solved {
  const unmeasured = { ...request, before: request.before.unmeasured ?? request.before };
  const bills = calibration.withoutMeasurements();
  if (!calibration.hasMeasurements) return { ...solveBy(unmeasured, bills), isContradicted: false };
  const byBills = solveBy(unmeasured, bills.withoutLearning());
  if (areContradicted(byBills.after.groups, calibration))
    return { ...solveBy(unmeasured, bills), isContradicted: true };
  const { solution, after } = solveBy(request, calibration);
  return { solution, after: { ...after, unmeasured: byBills.after }, isContradicted: false };
}

function solveBy(request: BilledRequest, calibration: Calibration): Omit<Solved, 'isContradicted'> {
  const { pieces, usage, startsThread, answer } = request;
  const seen = new Map<string, number>();
  const all = membersOf(pieces, seen);
  calibration.observeMeasured(all.filter((member) => member !== null));
  const { dropped, inherited, members, present } = explain(all, request, calibration);
  // A thread that continues has better information than the cache: its last bill.
  const sections = startsThread
    ? cacheSections(pieces, members, request.body, usage, calibration)
    : [{ members: present, bill: billedInput(usage) }];
  if (startsThread) for (const section of sections) calibration.observe(section.members, section.bill);

  const settled = sections.map((section) => settle(section.members, section.bill, inherited, calibration));
  const tokens = settled.flatMap((each) => each.tokens);
  const known = settled.flatMap((each) => each.known);
  const groups = settled.flatMap((each) => each.groups);
  if (!startsThread) {
    for (const { members: fresh, total, slack, known: how } of freshOf(groups, inherited)) {
      if (how !== 'scaled') calibration.observe(fresh, total, slack);
    }
  }

  const solution: Solution = { tokens: [], known: [], cleared: [] };
  let index = 0;
  for (const [position, member] of members.entries()) {
    const counts = member !== null;
    solution.tokens.push(counts ? (tokens[index] ?? 0) : 0);
    solution.known.push(counts ? (known[index] ?? 'scaled') : 'exact');
    if (!counts && all[position] !== null) solution.cleared.push(position);
    if (counts) index += 1;
  }
  return { solution, after: { groups, answer: answerGroup(answer, seen, calibration), dropped } };
}

/** What was known in a thread, from the stored solution of its last request. `calibration` learns from it. */
export function resumedTokens(
  pieces: readonly WeighedPiece[],
  { tokens, known, cleared }: Solution,
  answer: BilledAnswer,
  calibration: Calibration,
): ThreadTokens {
  const seen = new Map<string, number>();
  const members = membersOf(pieces, seen);
  const groups = members.flatMap((member, index): TokenGroup[] => {
    const [total, how] = [tokens[index] ?? 0, known[index] ?? 'scaled'];
    return member === null ? [] : [{ members: [member], total, slack: RESUMED_SPREAD[how] * total, known: how }];
  });
  const [exact, others] = [
    groups.filter(({ known: how }) => how === 'exact'),
    groups.filter(({ known: how }) => how !== 'exact'),
  ];
  const believedIn = believed(calibration, [...exact, joined(others)]);
  const present = joined(groups);
  believedIn.observe(present.members, present.total);
  const dropped = new Set(
    cleared.flatMap((index) => (pieces[index]?.part === 'thinking' ? (members[index]?.key ?? []) : [])),
  );
  const byBills = {
    groups,
    answer: answerGroup(answer, new Map(seen), calibration.withoutMeasurements().withoutLearning()),
    dropped,
  };
  return {
    groups: [...exact, ...splitJoined(others, believedIn)],
    answer: answerGroup(answer, seen, believedIn),
    dropped,
    unmeasured: byBills,
  };
}

/** Relative standard deviations. The totals sum to an earlier bill; which of them shared one is not stored. */
const RESUMED_SPREAD: Readonly<Record<Known, number>> = { exact: 0, shared: 0.1, scaled: 0.2, estimated: 0.2 };

/** Splits the sum of groups of one member each by measurements. The unmeasured ones share the rest in proportion to their totals. */
function splitJoined(groups: readonly TokenGroup[], calibration: Calibration): readonly TokenGroup[] {
  const whole = joined(groups);
  const split = splitByMeasurements(whole, calibration);
  if (split[0] === whole) return groups;
  const rest = groups.filter(({ members }) => members.every((member) => calibration.measured(member) === null));
  return split.flatMap((part) => {
    if (part.members.length === 1) return [part];
    const totals = apportion(
      rest.map(({ total }) => total),
      part.total,
    );
    return rest.map((group, index) => ({ ...group, total: totals[index] ?? 0 }));
  });
}

/**
 * The explanation that agrees with the bill: whether the last answer has as many tokens as its output had, and whether the
 * thinking of earlier turns was read. The first one that agrees is used, else the first of all.
 */
function explain(
  all: readonly (Member | null)[],
  { pieces, usage, cleared, before, counted }: BilledRequest,
  calibration: Calibration,
): Explanation {
  const bill = billedInput(usage);
  const without = (dropped: ReadonlySet<string>) =>
    all.map((member, index) => (member === null || cleared.has(index) || dropped.has(member.key) ? null : member));
  const answered = before.answer === null ? [] : [before.answer];
  const thinking = new Set([...before.dropped, ...earlierThinking(all, pieces)]);
  const explanation = (dropped: ReadonlySet<string>, others: readonly TokenGroup[]): Explanation => {
    const members = without(dropped);
    const present = members.filter((member) => member !== null);
    return {
      dropped,
      members,
      present,
      inherited: splitByCounts({ billed: before.groups, others }, present, counted, calibration),
    };
  };
  const simplest = explanation(before.dropped, answered);
  if (before.groups.length === 0) return simplest;
  const others = [
    () => explanation(before.dropped, []),
    () => explanation(thinking, answered),
    () => explanation(thinking, []),
  ];
  const fits = ({ present, inherited }: Explanation) => agrees(present, bill, inherited, calibration);
  if (fits(simplest)) return simplest;
  for (const other of others) {
    const found = other();
    if (fits(found)) return found;
  }
  return simplest;
}

/** The groups of the new members: one, unless some were measured. */
function freshOf(groups: readonly TokenGroup[], { billed, others }: Inherited): TokenGroup[] {
  const old = new Set([...billed, ...others].flatMap(({ members }) => members.map(({ key }) => key)));
  return groups.filter(({ members }) => members.every(({ key }) => !old.has(key)));
}

/** Keys of the thinking before the last prompt. */
function earlierThinking(members: readonly (Member | null)[], pieces: readonly WeighedPiece[]): string[] {
  const lastPrompt = pieces.findLastIndex(
    ({ role, part }) => role === 'user' && part !== 'result' && part !== 'reminder',
  );
  return pieces.flatMap(({ part }, index) => {
    const key = members[index]?.key;
    return part === 'thinking' && index < lastPrompt && key !== undefined ? [key] : [];
  });
}

function answerGroup(
  { pieces, tokens }: BilledAnswer,
  seen: Map<string, number>,
  calibration: Calibration,
): TokenGroup | null {
  const members = membersOf(pieces, seen)
    .filter((member) => member !== null)
    .filter(({ kind }) => kind !== 'overhead');
  const size = expected(members, calibration);
  // The output also bills hidden content, such as thinking: then it differs from the answer's tokens as input.
  if (members.length === 0 || tokens > MAX_RATIO * size + FEW_TOKENS || tokens < size / MAX_RATIO - FEW_TOKENS) {
    return null;
  }
  if (members.every(({ kind }) => kind !== 'thinking')) calibration.observe(members, tokens);
  return together(members, tokens);
}
