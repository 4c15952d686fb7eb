import { type Source, splitSource } from '../model/source.js';
import type { ShareRow, SourceUse, SourceUses, ToolUse } from '../store/index.js';
import { isNeededAgent, neededBy } from './built-in-tools.js';

/** One session, as far as it can be compared with another of the same project. */
export interface ComparedSession {
  session_id: string;
  first_seen: string;
  claude_version: string | null;
  model: string | null;
  /** The first request of the main conversation that is still stored. */
  first_request: { id: string; input_tokens: number; known: 'exact' | 'estimated' };
  shares: readonly ShareRow[];
  uses: SourceUses;
}

export type ThingState = 'gone' | 'deferred' | 'still_there';

/** Something that the session before carried and did not use, or that is gone now. Tokens are of one request, estimated. */
export interface CheckedThing {
  source: Source;
  /** Where only some tools of a server are gone: these. */
  tools: string[];
  state: ThingState;
  tokens_before: number;
  tokens_after: number;
  /** Times that the session after called it although it is gone. */
  missed_calls: number;
}

interface ChangedSource {
  source: Source;
  tokens_before: number;
  tokens_after: number;
}

type Summary = Omit<ComparedSession, 'shares' | 'uses'> & {
  /** Of the first request: what it carried before anybody said anything. A share of the bill. */
  standing_tokens: number;
};

export interface SessionCheck {
  before: Summary;
  after: Summary;
  /**
   * saved: something is gone, and a first request carries less; not_saved: something is gone, but what came in its place weighs as
   * much; unchanged: nothing is gone; not_comparable: another model counts other tokens.
   */
  verdict: 'saved' | 'not_saved' | 'unchanged' | 'not_comparable';
  /** Of what is gone or deferred, in one request. */
  saved: { tokens_per_request: number; known: 'estimated' };
  things: CheckedThing[];
  /** What else changed in what a first request carries, the most first. */
  others: ChangedSource[];
}

/** Tokens in a request: less is not worth a line. */
const WORTH_A_LINE = 10;

/** What is gone since the session before, and what a request weighs less for it. */
export function compareSessions(before: ComparedSession, after: ComparedSession): SessionCheck {
  const [was, is] = [standing(before.shares), standing(after.shares)];
  const things = allThings(before, after, was, is).sort((a, b) => saving(b) - saving(a));
  const named = new Set(things.filter(({ state }) => state !== 'still_there').map(({ source }) => source));
  const others = [...new Set([...was.keys(), ...is.keys()])]
    .filter((source) => !named.has(source))
    .map((source) => ({ source, tokens_before: was.get(source) ?? 0, tokens_after: is.get(source) ?? 0 }))
    .filter((each) => Math.abs(growth(each)) >= WORTH_A_LINE)
    .sort((a, b) => Math.abs(growth(b)) - Math.abs(growth(a)));
  const changed = things.filter(({ state }) => state !== 'still_there');
  const [total, totalNow] = [sum([...was.values()]), sum([...is.values()])];
  return {
    before: summary(before, total),
    after: summary(after, totalNow),
    verdict: verdictOf(before, after, changed.length > 0, totalNow < total),
    saved: { tokens_per_request: sum(changed.map(saving)), known: 'estimated' },
    things,
    others,
  };
}

function verdictOf(
  before: ComparedSession,
  after: ComparedSession,
  isChanged: boolean,
  isLess: boolean,
): SessionCheck['verdict'] {
  if (!isChanged) return 'unchanged';
  if (before.model !== after.model) return 'not_comparable';
  return isLess ? 'saved' : 'not_saved';
}

function summary({ shares: _, uses: __, ...session }: ComparedSession, standing_tokens: number): Summary {
  return { ...session, standing_tokens };
}

/** A source is one thing: single tools of a server are named where the whole server is neither gone nor deferred. */
function allThings(before: ComparedSession, after: ComparedSession, was: Tokens, is: Tokens): CheckedThing[] {
  const whole = wholeThings(before, after, was, is);
  const changed = whole.filter(({ state }) => state !== 'still_there');
  const tools = singleTools(before, after, was, is).filter(
    (each) => !changed.some(({ source }) => source === each.source),
  );
  return [
    ...changed,
    ...tools,
    ...whole.filter((each) => ![...changed, ...tools].some(({ source }) => source === each.source)),
  ];
}

/** Servers, skills, agents and tools that were not used; of all else that settings can leave out, what is gone. */
function wholeThings(before: ComparedSession, after: ComparedSession, was: Tokens, is: Tokens): CheckedThing[] {
  return before.uses.sources.flatMap((use): CheckedThing[] => {
    const { source } = use;
    const isThere = isCarried(after.uses.sources.find((each) => each.source === source));
    const isDeferred = isThere && definitions(before.shares, source) > 0 && definitions(after.shares, source) === 0;
    const state = isThere ? (isDeferred ? 'deferred' : 'still_there') : 'gone';
    if (!isCarried(use) || (state === 'still_there' && (!wasUnused(use) || isNeeded(source)))) return [];
    const tokens_before = Math.max(was.get(source) ?? 0, perRequest(use));
    if (state === 'still_there' && tokens_before < WORTH_A_LINE) return [];
    const tokens_after = isThere ? (is.get(source) ?? 0) : 0;
    const missed_calls = isThere ? 0 : calls(after.uses, source);
    return [{ source, tools: [], state, tokens_before, tokens_after, missed_calls }];
  });
}

/** Tools that are gone from servers that are still there. */
function singleTools(before: ComparedSession, after: ComparedSession, was: Tokens, is: Tokens): CheckedThing[] {
  const listed = (tool: ToolUse) => tool.listed > 0;
  const now = new Set(after.uses.tools.filter(listed).map(({ tool }) => tool));
  const gone = before.uses.tools.filter((tool) => listed(tool) && !now.has(tool.tool));
  return [...new Set(gone.map(({ source }) => source))].flatMap((source): CheckedThing[] => {
    if (!isCarried(after.uses.sources.find((each) => each.source === source))) return [];
    const tools = gone.filter((tool) => tool.source === source).map(({ tool }) => tool);
    const missed = after.uses.tools.filter(({ tool }) => tools.includes(tool)).map(({ called }) => called);
    return [
      {
        source,
        tools,
        state: 'gone',
        tokens_before: was.get(source) ?? 0,
        tokens_after: is.get(source) ?? 0,
        missed_calls: sum(missed),
      },
    ];
  });
}

/** What is there whether it is used or not. */
function isCarried(use: SourceUse | undefined): boolean {
  if (use === undefined || use.idle_tokens === null) return false;
  return (use.funnel?.listed ?? 0) > 0 || use.idle_tokens > 0;
}

function wasUnused({ funnel, tokens, idle_tokens }: SourceUse): boolean {
  return funnel !== null && funnel.called === 0 && idle_tokens === tokens;
}

function isNeeded(source: Source): boolean {
  const { type, name } = splitSource(source);
  return type === 'agent' ? isNeededAgent(name) : type === 'tool' && neededBy(name) !== null;
}

function calls(uses: SourceUses, source: Source): number {
  return uses.sources.find((each) => each.source === source)?.funnel?.called ?? 0;
}

function perRequest({ idle_tokens, requests }: SourceUse): number {
  return requests > 0 ? Math.round((idle_tokens ?? 0) / requests) : 0;
}

type Tokens = ReadonlyMap<Source, number>;

/** What a request carries before anybody says anything: all but the conversation. */
function standing(shares: readonly ShareRow[]): Tokens {
  const tokens = new Map<Source, number>();
  for (const { source, part, tokens: each } of shares) {
    const { type } = splitSource(source);
    const isStanding =
      part === 'definition' ||
      part === 'instructions' ||
      part === 'listing' ||
      type === 'memory' ||
      type === 'hook' ||
      (type === 'framework' && source !== 'framework:compaction');
    if (isStanding) tokens.set(source, (tokens.get(source) ?? 0) + each);
  }
  return tokens;
}

function definitions(shares: readonly ShareRow[], source: Source): number {
  return sum(shares.filter((each) => each.source === source && each.part === 'definition').map(({ tokens }) => tokens));
}

function saving({ tokens_before, tokens_after }: CheckedThing): number {
  return tokens_before - tokens_after;
}

function growth({ tokens_before, tokens_after }: ChangedSource): number {
  return tokens_after - tokens_before;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
