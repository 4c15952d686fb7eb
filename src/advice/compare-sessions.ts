import type { RequestShare } from '../model/request.js';
import { type Source, splitSource } from '../model/source.js';
import type { SourceUse, SourceUses, ToolUse } from '../store/index.js';
import { isNeededAgent, isNeededTool } from './built-in-tools.js';

/** A session, for a comparison with another one of the same project. */
export interface ComparedSession {
  sessionId: string;
  firstSeen: Date;
  claudeVersion: string | null;
  model: string | null;
  /** The first request of the main conversation that is still stored. */
  firstRequest: { id: string; inputTokens: number; known: 'exact' | 'estimated' };
  shares: readonly RequestShare[];
  uses: SourceUses;
}

export type ThingState = 'gone' | 'deferred' | 'still_there';

/** Something that the earlier session carried and did not use, or that is gone now. Tokens are of one request, estimated. */
export interface CheckedThing {
  source: Source;
  /** The removed tools, where only some tools of a server are gone. */
  tools: string[];
  state: ThingState;
  tokensBefore: number;
  tokensAfter: number;
  /** Number of calls in the later session, although it is gone. */
  missedCalls: number;
}

interface ChangedSource {
  source: Source;
  tokensBefore: number;
  tokensAfter: number;
}

type Summary = Omit<ComparedSession, 'shares' | 'uses'> & {
  /** What the first request carried besides the conversation. A share of the bill. */
  standingTokens: number;
};

export interface SessionCheck {
  before: Summary;
  after: Summary;
  /**
   * saved: something is gone, and a first request carries less; not_saved: something is gone, but as much was added;
   * unchanged: nothing is gone; not_comparable: the models differ, and with them the tokens.
   */
  verdict: 'saved' | 'not_saved' | 'unchanged' | 'not_comparable';
  /** Saving by what is gone or deferred, in one request. */
  saved: { tokensPerRequest: number; known: 'estimated' };
  things: CheckedThing[];
  /** Other changes in what a first request carries, the largest first. */
  others: ChangedSource[];
}

/** Minimum tokens in a request. */
const MIN_TOKENS = 10;

/** What is gone since the earlier session, and how many tokens a request has less for it. */
export function compareSessions(before: ComparedSession, after: ComparedSession): SessionCheck {
  const [was, is] = [standing(before.shares), standing(after.shares)];
  const things = allThings(before, after, was, is).sort((a, b) => saving(b) - saving(a));
  const named = new Set(things.filter(({ state }) => state !== 'still_there').map(({ source }) => source));
  const others = [...new Set([...was.keys(), ...is.keys()])]
    .filter((source) => !named.has(source))
    .map((source) => ({ source, tokensBefore: was.get(source) ?? 0, tokensAfter: is.get(source) ?? 0 }))
    .filter((each) => Math.abs(growth(each)) >= MIN_TOKENS)
    .sort((a, b) => Math.abs(growth(b)) - Math.abs(growth(a)));
  const changed = things.filter(({ state }) => state !== 'still_there');
  const [total, totalNow] = [sum([...was.values()]), sum([...is.values()])];
  return {
    before: summary(before, total),
    after: summary(after, totalNow),
    verdict: verdictOf(before, after, changed.length > 0, totalNow < total),
    saved: { tokensPerRequest: sum(changed.map(saving)), known: 'estimated' },
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

function summary({ shares: _, uses: __, ...session }: ComparedSession, standingTokens: number): Summary {
  return { ...session, standingTokens };
}

/** Each source once: single tools of a server are named only where the server itself is neither gone nor deferred. */
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

/** Servers, skills, agents and tools that were not used; of everything else that settings can leave out, what is gone. */
function wholeThings(before: ComparedSession, after: ComparedSession, was: Tokens, is: Tokens): CheckedThing[] {
  return before.uses.sources.flatMap((use): CheckedThing[] => {
    const { source } = use;
    const isThere = isCarried(after.uses.sources.find((each) => each.source === source));
    const isDeferred = isThere && definitions(before.shares, source) > 0 && definitions(after.shares, source) === 0;
    const state = isThere ? (isDeferred ? 'deferred' : 'still_there') : 'gone';
    if (!isCarried(use) || (state === 'still_there' && (!wasUnused(use) || isNeeded(source)))) return [];
    const tokensBefore = Math.max(was.get(source) ?? 0, perRequest(use));
    if (state === 'still_there' && tokensBefore < MIN_TOKENS) return [];
    const tokensAfter = isThere ? (is.get(source) ?? 0) : 0;
    const missedCalls = isThere ? 0 : calls(after.uses, source);
    return [{ source, tools: [], state, tokensBefore, tokensAfter, missedCalls }];
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
        tokensBefore: was.get(source) ?? 0,
        tokensAfter: is.get(source) ?? 0,
        missedCalls: sum(missed),
      },
    ];
  });
}

/** Whether requests carry it even when it is not used. */
function isCarried(use: SourceUse | undefined): boolean {
  if (use === undefined || use.idleTokens === null) return false;
  return (use.funnel?.listed ?? 0) > 0 || use.idleTokens > 0;
}

function wasUnused({ funnel, tokens, idleTokens }: SourceUse): boolean {
  return funnel !== null && funnel.called === 0 && idleTokens === tokens;
}

function isNeeded(source: Source): boolean {
  const { type, name } = splitSource(source);
  return type === 'agent' ? isNeededAgent(name) : type === 'tool' && isNeededTool(name);
}

function calls(uses: SourceUses, source: Source): number {
  return uses.sources.find((each) => each.source === source)?.funnel?.called ?? 0;
}

function perRequest({ idleTokens, requests }: SourceUse): number {
  return requests > 0 ? Math.round((idleTokens ?? 0) / requests) : 0;
}

type Tokens = ReadonlyMap<Source, number>;

/** What a request carries besides the conversation. */
function standing(shares: readonly RequestShare[]): Tokens {
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

function definitions(shares: readonly RequestShare[], source: Source): number {
  return sum(shares.filter((each) => each.source === source && each.part === 'definition').map(({ tokens }) => tokens));
}

function saving({ tokensBefore, tokensAfter }: CheckedThing): number {
  return tokensBefore - tokensAfter;
}

function growth({ tokensBefore, tokensAfter }: ChangedSource): number {
  return tokensAfter - tokensBefore;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
