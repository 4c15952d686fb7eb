import type { Known, Solution } from '../../model/segment.js';
import { billedInput, type Usage } from '../../model/usage.js';
import { cacheSections } from './cache-sections.js';
import type { Calibration } from './calibration.js';
import { withCounts } from './counted.js';
import { agrees, type Inherited, settle } from './ledger.js';
import { expected, knownTogether, type Member, membersOf, type TokenGroup } from './token-group.js';
import type { WeighedPiece } from './weigh.js';

/** What the bills of a thread have told so far. */
export interface ThreadTokens {
  groups: readonly TokenGroup[];
  /** The last answer: what its `output_tokens` billed is input from now on. Null when there was none. */
  answer: TokenGroup | null;
  /** Keys of earlier thinking that the API leaves out, as older models do. */
  dropped: ReadonlySet<string>;
}

export const NOTHING_KNOWN: ThreadTokens = { groups: [], answer: null, dropped: new Set() };

const MOST_HIDDEN = 1.6;
const FEW_TOKENS = 30;

/** One way to understand a bill. */
interface Explanation {
  dropped: ReadonlySet<string>;
  /** Of each piece; null for what this explanation leaves unread. */
  members: (Member | null)[];
  /** Those that are read. */
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
  /** Parsed request JSON: it marks what shall be cached. */
  body: unknown;
  /** Indexes of pieces that the API says it cleared. */
  cleared: ReadonlySet<number>;
  answer: BilledAnswer;
  /** Of its thread; of a request that starts one, what another thread knows of the same content. */
  before: ThreadTokens;
  startsThread: boolean;
  /** What count_tokens told of parts of the session's requests. */
  counted: readonly TokenGroup[];
}

/**
 * Solves a billed request: the tokens of its pieces from what earlier bills told and what this one leaves for the new ones.
 * `calibration` learns from it.
 */
export function solve(request: BilledRequest, calibration: Calibration): { solution: Solution; after: ThreadTokens } {
  const { pieces, usage, startsThread, answer } = request;
  const seen = new Map<string, number>();
  const all = membersOf(pieces, seen);
  const { dropped, inherited, members, present } = explain(all, request, calibration);
  // A thread that goes on has a better pin than the cache's: its last bill.
  const sections = startsThread
    ? cacheSections(pieces, members, request.body, usage, calibration)
    : [{ members: present, bill: billedInput(usage) }];
  if (startsThread) for (const section of sections) calibration.observe(section.members, section.bill);

  const settled = sections.map((section) => settle(section.members, section.bill, inherited, calibration));
  const tokens = settled.flatMap((each) => each.tokens);
  const known = settled.flatMap((each) => each.known);
  const groups = settled.flatMap((each) => each.groups);
  const fresh = freshOf(groups, inherited);
  if (!startsThread && fresh !== undefined && fresh.known !== 'scaled') {
    calibration.observe(fresh.members, fresh.total, fresh.slack);
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

/** What a thread knew, from the solution that was stored of its last request. */
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
  const dropped = cleared.flatMap((index) => (pieces[index]?.part === 'thinking' ? (members[index]?.key ?? []) : []));
  const present = members.filter((member) => member !== null);
  calibration.observe(
    present,
    tokens.reduce((sum, count) => sum + count, 0),
  );
  return { groups, answer: answerGroup(answer, seen, calibration), dropped: new Set(dropped) };
}

/** Together they are an earlier bill; which of them shared one is not stored. */
const RESUMED_SPREAD: Readonly<Record<Known, number>> = { exact: 0, shared: 0.1, scaled: 0.2, estimated: 0.2 };

/**
 * What best explains the bill: whether the answer before weighs as much as its output did, and whether the thinking of
 * earlier turns was read at all. The first that agrees with the bill is taken; when none does, the first of all.
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
      inherited: withCounts({ billed: before.groups, others }, present, counted, calibration),
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

/** The group of the new members; undefined when there are none, or nothing else. */
function freshOf(groups: readonly TokenGroup[], { billed, others }: Inherited): TokenGroup | undefined {
  const old = new Set([...billed, ...others].flatMap(({ members }) => members.map(({ key }) => key)));
  return groups.find(({ members }) => members.every(({ key }) => !old.has(key)));
}

/** Keys of the thinking before the last thing the user said. */
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
  // What was billed as output also holds what is not shown, such as thinking: then it is not what the answer weighs as input.
  if (members.length === 0 || tokens > MOST_HIDDEN * size + FEW_TOKENS || tokens < size / MOST_HIDDEN - FEW_TOKENS) {
    return null;
  }
  if (members.every(({ kind }) => kind !== 'thinking')) calibration.observe(members, tokens);
  return { members, total: tokens, slack: 0, known: knownTogether(members.length, tokens, 0) };
}
